package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// TestCodesGoByACloud signs somebody in with the code that a double of Alibaba Cloud got; what it refuses is in the log
// by its code.
func TestCodesGoByACloud(t *testing.T) {
	t.Parallel()
	asked, refusing := make(chan *http.Request, 8), make(chan bool, 1)
	double := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-refusing:
			_, _ = io.WriteString(w, `{"Code": "isv.BUSINESS_LIMIT_CONTROL"}`) // the client may be gone
		default:
			asked <- r
			_, _ = io.WriteString(w, `{"Code": "OK"}`) // the client may be gone
		}
	}))
	defer double.Close()
	p := start(t, launch{env: []string{
		"DATABASE_URL=" + database(t), "DEPUTY_SMS_BY=aliyun", "DEPUTY_SMS_URL=" + double.URL, "DEPUTY_SMS_KEY=LTAIofTheTest",
		"DEPUTY_SMS_SECRET=" + strings.Repeat("s", 30),
		"DEPUTY_SMS_SIGN=星河传媒", "DEPUTY_SMS_TEMPLATES=SIGN_IN=SMS_1,SET_PASSWORD=SMS_2,BIND=SMS_3",
	}})
	const send = `mutation($phone: String!) { sendCode(input: {to: {phone: $phone}, purpose: SIGN_IN}) { flow userErrors {
		code } } }`
	flow := p.do("", send, vars{"phone": "13900000001"}).text("sendCode.flow")
	r := <-asked
	query := r.URL.Query()
	if query.Get("PhoneNumbers") != "13900000001" || query.Get("TemplateCode") != "SMS_1" || query.Get("OutId") != flow ||
		!strings.HasPrefix(r.Header.Get("Authorization"), "ACS3-HMAC-SHA256 Credential=LTAIofTheTest,") {
		t.Errorf("it got %v", query)
	}
	code := regexp.MustCompile(`"code":"(\d{6})"`).FindStringSubmatch(query.Get("TemplateParam"))
	if code == nil {
		t.Fatalf("no code in %s", query.Get("TemplateParam"))
	}
	if token := p.do("", `mutation($code: CodeInput!) { signIn(input: {code: $code}) { token userErrors { code } } }`,
		vars{"code": vars{"flow": flow, "code": code[1]}}).text("signIn.token"); token == "" {
		t.Error("nobody is signed in")
	}
	refusing <- true
	if a, err := p.ask("", send, vars{"phone": "13900000002"}); err != nil || len(a.Errors) != 1 ||
		a.Errors[0].Extensions["code"] != "INTERNAL" {
		t.Errorf("%v: %s", err, a.raw)
	}
	p.waitLog(regexp.MustCompile(`rejected it with isv\.BUSINESS_LIMIT_CONTROL`))
	if log := p.log.String(); strings.Contains(log, code[1]) || strings.Contains(log, strings.Repeat("s", 30)) {
		t.Errorf("the log has a code or a secret:\n%s", log)
	}
}
