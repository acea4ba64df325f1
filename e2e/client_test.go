package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// vars are the variables of an operation.
type vars map[string]any

// answer is a GraphQL answer.
type answer struct {
	Data   map[string]any `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
	raw string
}

// ask runs an operation with the token and returns what came back, or the error that the connection ended with.
func (p *process) ask(token, query string, v vars) (answer, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": v})
	if err != nil {
		return answer{}, err
	}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "en")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{raw: string(raw)}
	if err := json.Unmarshal(raw, &a); err != nil {
		return answer{}, fmt.Errorf("status %d: %w: %s", response.StatusCode, err, raw)
	}
	return a, nil
}

// do is ask of what must be answered without errors.
func (p *process) do(token, query string, v vars) answer {
	p.t.Helper()
	a, err := p.ask(token, query, v)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.log)
	}
	if len(a.Errors) > 0 || strings.Contains(a.raw, `"userErrors":[{`) {
		p.t.Fatalf("unexpected errors: %s", a.raw)
	}
	return a
}

// get returns the value at a path of the data, such as org.roles.0.name.
func (a answer) get(path string) any {
	var at any = a.Data
	for _, step := range strings.Split(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(v) {
				return nil
			}
			at = v[i]
		default:
			return nil
		}
	}
	return at
}

// text returns the text at a path, or nothing.
func (a answer) text(path string) string {
	text, _ := a.get(path).(string)
	return text
}

// texts returns one field of all objects of the list at a path.
func (a answer) texts(path, field string) []string {
	list, _ := a.get(path).([]any)
	all := make([]string, len(list))
	for i, item := range list {
		object, _ := item.(map[string]any)
		all[i], _ = object[field].(string)
	}
	return all
}

// code reads the code that the log sender wrote for the flow.
func (p *process) code(flow string) string {
	p.t.Helper()
	line := p.waitLog(regexp.MustCompile(`msg="verification code" .*flow=` + regexp.QuoteMeta(flow) + `.*`))[0]
	return regexp.MustCompile(`code=(\d{6})`).FindStringSubmatch(line)[1]
}

// signIn signs the phone number's account in, and returns the token.
func (p *process) signIn(phone string) string {
	p.t.Helper()
	sent := p.do("",
		`mutation($phone: String!) { sendCode(input: {to: {phone: $phone}, purpose: SIGN_IN}) { flow userErrors { code } } }`,
		vars{"phone": phone})
	flow := sent.text("sendCode.flow")
	return p.do("", `mutation($code: CodeInput!) { signIn(input: {code: $code}) { token userErrors { code } } }`,
		vars{"code": vars{"flow": flow, "code": p.code(flow)}}).text("signIn.token")
}

// bind gives the phone number a seat in the org, and returns the sub-account's id.
func (p *process) bind(owner, orgID, phone, name, roleID string) string {
	p.t.Helper()
	sent := p.do(owner,
		`mutation($input: SendBindCodeInput!) { sendBindCode(input: $input) { flow userErrors { code } } }`,
		vars{"input": vars{"orgId": orgID, "to": vars{"phone": phone}}})
	flow := sent.text("sendBindCode.flow")
	return p.do(owner,
		`mutation($input: CreateSubAccountInput!) { createSubAccount(input: $input) { subAccount { id } userErrors { code } }
			}`,
		vars{"input": vars{
			"orgId": orgID, "name": name, "roleIds": []string{roleID},
			"code": vars{"flow": flow, "code": p.code(flow)},
		}}).text("createSubAccount.subAccount.id")
}

// welcome is what the demo prints.
type welcome struct{ curl, orgID, token string }

var (
	printedCurl  = regexp.MustCompile(`(?m)^  curl (?:.*\\\n)*.*roles\(first: 20\).*\n`)
	printedOrg   = regexp.MustCompile(`org\(id: \\"(org_\w+)\\"\)`)
	printedToken = regexp.MustCompile(`Bearer ([\w-]+)`)
)

// welcome reads what the demo printed.
func (p *process) welcome() welcome {
	p.t.Helper()
	curl := p.await(p.stdout, printedCurl)[0]
	orgID, token := printedOrg.FindStringSubmatch(curl), printedToken.FindStringSubmatch(curl)
	if orgID == nil || token == nil {
		p.t.Fatalf("no curl for the nested query in:\n%s", p.stdout)
	}
	return welcome{curl, orgID[1], token[1]}
}

// owned is a demo and its owner.
func owned(t testing.TB, file string, args ...string) (*process, welcome) {
	t.Helper()
	p := demo(t, file, args...)
	return p, p.welcome()
}
