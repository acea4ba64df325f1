package send_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"deputy/internal/fault"
	"deputy/internal/send"
)

// hexHash and macOf are written anew here, so that a double does not share a mistake with what it checks.
func hexHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func macOf(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = io.WriteString(mac, text)
	return string(mac.Sum(nil))
}

// acs3 and tc3 are the signatures of a request as a provider gets it.
func acs3(r *http.Request, body, secret string) string {
	names := []string{"host"}
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-acs-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	lines := ""
	for _, name := range names {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		lines += name + ":" + value + "\n"
	}
	canonical := strings.Join([]string{r.Method, "/", r.URL.RawQuery, lines, strings.Join(names, ";"), hexHash(body)},
		"\n")
	return hex.EncodeToString([]byte(macOf(secret, "ACS3-HMAC-SHA256\n"+hexHash(canonical))))
}

func tc3(r *http.Request, body, service, day, secret string) string {
	lines := "content-type:" + r.Header.Get("Content-Type") + "\nhost:" + r.Host + "\nx-tc-action:" +
		strings.ToLower(r.Header.Get("X-TC-Action")) + "\n"
	canonical := strings.Join([]string{r.Method, "/", "", lines, "content-type;host;x-tc-action", hexHash(body)}, "\n")
	key := macOf(macOf(macOf("TC3"+secret, day), service), "tc3_request")
	return hex.EncodeToString([]byte(macOf(key,
		"TC3-HMAC-SHA256\n"+r.Header.Get("X-TC-Timestamp")+"\n"+day+"/"+service+"/tc3_request\n"+hexHash(canonical))))
}

const (
	acs3Example = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
	tc3Example  = "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
	tc3Body     = `{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
)

// masked is how Tencent Cloud's example has its keys, and signs with them.
var masked = strings.Repeat("*", 32)

func acs3Request(t *testing.T) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost,
		"https://ecs.cn-shanghai.aliyuncs.com/?"+
			"ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai", nil)
	r.Header.Set("x-acs-action", "RunInstances")
	r.Header.Set("x-acs-version", "2014-05-26")
	r.Header.Set("x-acs-date", "2023-10-26T10:22:32Z")
	r.Header.Set("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d")
	r.Header.Set("x-acs-content-sha256", hexHash(""))
	return r
}

func tc3Request(t *testing.T) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://cvm.tencentcloudapi.com/", strings.NewReader(tc3Body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("X-TC-Action", "DescribeInstances")
	r.Header.Set("X-TC-Timestamp", "1551113065")
	return r
}

// The examples of the providers' documents: what signs, and what checks the signatures in these tests.
func TestSignaturesOfTheDocuments(t *testing.T) {
	t.Parallel()
	r := acs3Request(t)
	send.SignACS3(r, "YourAccessKeyId", "YourAccessKeySecret")
	want := "ACS3-HMAC-SHA256 " +
		"Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;" +
		"x-acs-signature-nonce;x-acs-version,Signature=" + acs3Example
	if got := r.Header.Get("Authorization"); got != want {
		t.Errorf("Alibaba Cloud: %s", got)
	}
	if got := acs3(acs3Request(t), "", "YourAccessKeySecret"); got != acs3Example {
		t.Errorf("the double of Alibaba Cloud: %s", got)
	}
	r = tc3Request(t)
	send.SignTC3(r, []byte(tc3Body), "cvm", "AKID"+masked, masked)
	want = "TC3-HMAC-SHA256 Credential=AKID" + masked +
		"/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host;x-tc-action, Signature=" + tc3Example
	if got := r.Header.Get("Authorization"); got != want {
		t.Errorf("Tencent Cloud: %s", got)
	}
	if got := tc3(tc3Request(t), tc3Body, "cvm", "2019-02-25", masked); got != tc3Example {
		t.Errorf("the double of Tencent Cloud: %s", got)
	}
}

const keyID = "AKIDofTheTest"

// cloud is a double of a provider: it takes what is signed well, once for each nonce, and keeps the parameters.
type cloud struct {
	*httptest.Server
	t *testing.T
	// answer is what it says instead, with this status.
	answer string
	status int

	mu   sync.Mutex
	sent []map[string]any
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{t: t, status: http.StatusOK}
	c.Server = httptest.NewTLSServer(c)
	c.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(c.Close)
	return c
}

var signatureIn = regexp.MustCompile(`Signature=([0-9a-f]{64})$`)

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	body, authorization := string(text), r.Header.Get("Authorization")
	given := signatureIn.FindStringSubmatch(authorization)
	parameters, want := map[string]any{}, ""
	if strings.HasPrefix(authorization, "ACS3-HMAC-SHA256 Credential="+keyID+",") {
		want = acs3(r, body, secret)
		for name, values := range r.URL.Query() {
			parameters[name] = values[0]
		}
		parameters["action"] = r.Header.Get("X-Acs-Action") + " " + r.Header.Get("X-Acs-Version")
	} else if strings.HasPrefix(authorization, "TC3-HMAC-SHA256 Credential="+keyID+"/2026-01-02/sms/tc3_request, ") {
		want = tc3(r, body, "sms", "2026-01-02", secret)
		if err := json.Unmarshal(text, &parameters); err != nil {
			c.t.Error(err)
		}
		parameters["action"] = r.Header.Get("X-TC-Action") + " " + r.Header.Get("X-TC-Version")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(c.status)
	switch {
	case given == nil || given[1] != want || want == "":
		_, _ = io.WriteString(w,
			`{"Code": "SignatureDoesNotMatch", "Response": {"Error": {"Code": "AuthFailure.SignatureFailure"}}}`)
	case c.answer != "":
		_, _ = io.WriteString(w, c.answer)
	default:
		c.sent = append(c.sent, parameters)
		_, _ = io.WriteString(w, `{"Code": "OK", "Response": {"SendStatusSet": [{"Code": "Ok"}]}}`)
	}
}

// through sends by the provider, whose double is at the address.
func through(t *testing.T, c *cloud, provider send.Provider, change func(*send.CloudConfig)) *send.Cloud {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(c.Certificate())
	config := send.CloudConfig{
		Provider: provider, URL: c.URL, KeyID: keyID, Secret: secret, SignName: "星河传媒", App: "1400000001",
		Templates: map[send.Purpose]string{send.SignIn: "SMS_1", send.SetPassword: "SMS_2", send.Bind: "SMS_3"},
		RootCAs:   roots, Now: func() time.Time { return time.Unix(timestamp, 0) },
	}
	if change != nil {
		change(&config)
	}
	s, err := send.NewCloud(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCloudSendsByTemplates(t *testing.T) {
	t.Parallel()
	signIn := send.Code{
		Flow: "flw_1", To: "+8613800000001", Channel: send.Phone, Purpose: send.SignIn, Code: "123456",
		Expires: 5 * time.Minute, Lang: fault.Zh,
	}
	bind := send.Code{
		Flow: "flw_2", To: "+85251234567", Channel: send.Phone, Purpose: send.Bind, OrgName: "A&B + 星河*~",
		Code: "654321", Expires: 5 * time.Minute, Lang: fault.Zh,
	}
	for provider, want := range map[send.Provider][]map[string]any{
		send.Aliyun: {
			{
				"action": "SendSms 2017-05-25", "PhoneNumbers": "13800000001", "SignName": "星河传媒", "TemplateCode": "SMS_1",
				"TemplateParam": `{"code":"123456","minutes":"5"}`, "OutId": "flw_1",
			},
			{
				"action": "SendSms 2017-05-25", "PhoneNumbers": "85251234567", "SignName": "星河传媒", "TemplateCode": "SMS_3",
				"TemplateParam": `{"code":"654321","minutes":"5","org":"A\u0026B + 星河*~"}`, "OutId": "flw_2",
			},
		},
		send.Tencent: {
			{
				"action": "SendSms 2021-01-11", "PhoneNumberSet": []any{"+8613800000001"}, "SmsSdkAppId": "1400000001",
				"SignName": "星河传媒", "TemplateId": "SMS_1", "TemplateParamSet": []any{"123456", "5"}, "SessionContext": "flw_1",
			},
			{
				"action": "SendSms 2021-01-11", "PhoneNumberSet": []any{"+85251234567"}, "SmsSdkAppId": "1400000001",
				"SignName": "星河传媒", "TemplateId": "SMS_3", "TemplateParamSet": []any{"654321", "5", "A&B + 星河*~"},
				"SessionContext": "flw_2",
			},
		},
	} {
		t.Run(string(provider), func(t *testing.T) {
			t.Parallel()
			double := newCloud(t)
			s := through(t, double, provider, nil)
			for _, c := range []send.Code{signIn, bind} {
				if err := s.Send(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
			if !reflect.DeepEqual(double.sent, want) {
				t.Errorf("got %v\nwant %v", double.sent, want)
			}
		})
	}
}

func TestCloudSaysWhatWasRefused(t *testing.T) {
	t.Parallel()
	c := send.Code{
		Flow: "flw_1", To: "+8613800000001", Channel: send.Phone, Purpose: send.SignIn, Code: "123456",
		Expires: 5 * time.Minute,
	}
	for name, tt := range map[string]struct {
		provider send.Provider
		answer   string
		status   int
		change   func(*send.CloudConfig)
		says     string
	}{
		"a limit of Alibaba Cloud": {
			send.Aliyun, `{"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "13800000001 123456"}`,
			200, nil, "rejected it with isv.BUSINESS_LIMIT_CONTROL",
		},
		"a fault of Alibaba Cloud": {
			send.Aliyun, `{"Code": "InvalidAccessKeyId.NotFound"}`, 404, nil,
			"rejected it with InvalidAccessKeyId.NotFound",
		},
		"a limit of Tencent Cloud": {
			send.Tencent,
			`{"Response": {"SendStatusSet": [{"Code": "LimitExceeded.PhoneNumberDailyLimit"}]}}`, 200, nil,
			"rejected it with LimitExceeded.PhoneNumberDailyLimit",
		},
		"a fault of Tencent Cloud": {
			send.Tencent, `{"Response": {"Error": {"Code": "UnauthorizedOperation"}}}`, 200, nil,
			"rejected it with UnauthorizedOperation",
		},
		"nobody was sent to":        {send.Tencent, `{"Response": {"SendStatusSet": []}}`, 200, nil, "status 200"},
		"a page":                    {send.Aliyun, `<html>123456</html>`, 502, nil, "status 502"},
		"a code that could be ours": {send.Aliyun, `{"Code": "123456"}`, 200, nil, "status 200"},
		"another key": {
			send.Aliyun, "", 200, func(c *send.CloudConfig) { c.Secret += "x" },
			"rejected it with SignatureDoesNotMatch",
		},
		"another key at Tencent": {
			send.Tencent, "", 200, func(c *send.CloudConfig) { c.Secret += "x" },
			"rejected it with AuthFailure.SignatureFailure",
		},
		"nobody there": {
			send.Aliyun, "", 200, func(c *send.CloudConfig) { c.URL = "http://127.0.0.1:1" },
			"connection refused",
		},
		"a stranger": {send.Aliyun, "", 200, func(c *send.CloudConfig) { c.RootCAs = nil }, "not trusted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			double := newCloud(t)
			double.answer, double.status = tt.answer, tt.status
			err := through(t, double, tt.provider, tt.change).Send(t.Context(), c)
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "123456") ||
				strings.Contains(err.Error(), secret) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
		})
	}
}

func TestCloudIsSetUp(t *testing.T) {
	t.Parallel()
	good := send.CloudConfig{
		Provider: send.Tencent, KeyID: keyID, Secret: secret, SignName: "星河传媒", App: "1400000001",
		Templates: map[send.Purpose]string{send.SignIn: "1", send.SetPassword: "2", send.Bind: "3"},
	}
	if _, err := send.NewCloud(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*send.CloudConfig){
		"unknown provider": func(c *send.CloudConfig) { c.Provider, c.URL = "other", "https://sms.example" },
		"SmsSdkAppId":      func(c *send.CloudConfig) { c.App = "" },
		"signature":        func(c *send.CloudConfig) { c.SignName = "" },
		"access key ID":    func(c *send.CloudConfig) { c.KeyID = "" },
		"secret":           func(c *send.CloudConfig) { c.Secret = "short" },
		"https":            func(c *send.CloudConfig) { c.URL = "http://sms.example" },
		"template for BIND": func(c *send.CloudConfig) {
			c.Templates = maps.Clone(c.Templates)
			delete(c.Templates, send.Bind)
		},
		"timeout": func(c *send.CloudConfig) { c.Timeout = -1 },
	} {
		wrong := good
		change(&wrong)
		if _, err := send.NewCloud(wrong); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := through(t, newCloud(t), send.Aliyun, nil)
	for name, c := range map[string]send.Code{
		"an address": {
			Flow: "f", To: "a@b.example", Channel: send.Email, Purpose: send.SignIn, Code: "123456",
			Expires: time.Minute,
		},
		"no org": {
			Flow: "f", To: "+8613800000001", Channel: send.Phone, Purpose: send.Bind, Code: "123456",
			Expires: time.Minute,
		},
	} {
		if err := s.Send(t.Context(), c); err == nil {
			t.Errorf("%s is sent", name)
		}
	}
}
