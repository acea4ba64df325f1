package send

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Provider is a provider of text messages.
type Provider string

// The providers: a gateway as the package comment describes it, and two clouds with their own APIs.
const (
	Gateway Provider = "gateway"
	Aliyun  Provider = "aliyun"
	Tencent Provider = "tencent"
)

// endpoints are the addresses of the clouds' APIs.
var endpoints = map[Provider]string{Aliyun: "https://dysmsapi.aliyuncs.com", Tencent: "https://sms.tencentcloudapi.com"}

// CloudConfig configures a sender that uses the templates of a cloud.
type CloudConfig struct {
	Provider Provider
	// URL is the address of the API; the provider's own when empty.
	URL string
	// KeyID and Secret are the AccessKey of Alibaba Cloud, or the SecretId and SecretKey of Tencent Cloud.
	KeyID, Secret string
	// SignName is the approved signature (签名), and App the SmsSdkAppId of Tencent Cloud.
	SignName, App string
	// Templates are the ids of the approved templates, one for each purpose.
	Templates map[Purpose]string
	// Timeout bounds one message; 15 s when 0.
	Timeout time.Duration
	// RootCAs are trusted instead of the system's; nil for the system's.
	RootCAs *x509.CertPool
	// Now returns the time of a request, and Nonce a text that no other request has; nil for the system's clock and random
	// texts.
	Now   func() time.Time
	Nonce func() string
}

// Cloud sends codes by the templates of Alibaba Cloud (阿里云短信服务) or Tencent Cloud (腾讯云短信). A template gets the code, its
// lifetime in minutes, and, to bind an account, the org's name: as ${code}, ${minutes} and ${org} at Alibaba Cloud, as
// {1}, {2} and {3} at Tencent Cloud. The template decides the rest of the text and its language. Make it with
// [NewCloud].
type Cloud struct {
	config CloudConfig
	client *http.Client
}

// NewCloud checks the configuration; it does not connect.
func NewCloud(config CloudConfig) (*Cloud, error) {
	config.URL = cmp.Or(config.URL, endpoints[config.Provider])
	config.Timeout = cmp.Or(config.Timeout, defaultTimeout)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Nonce == nil {
		config.Nonce = rand.Text
	}
	if err := CheckAddress(config.URL); err != nil {
		return nil, err
	}
	switch {
	case config.Provider != Aliyun && config.Provider != Tencent:
		return nil, errors.New("sms: unknown provider")
	case len(config.Secret) < MinSecret:
		return nil, fmt.Errorf("sms: the secret has fewer than %d bytes", MinSecret)
	case config.KeyID == "":
		return nil, errors.New("sms: the access key ID is missing")
	case config.SignName == "":
		return nil, errors.New("sms: the signature (签名) is missing")
	case config.Provider == Tencent && config.App == "":
		return nil, errors.New("sms: the SmsSdkAppId is missing")
	case config.Timeout < 0:
		return nil, errors.New("sms: the timeout is negative")
	}
	for _, purpose := range []Purpose{SignIn, SetPassword, Bind} {
		if config.Templates[purpose] == "" {
			return nil, fmt.Errorf("sms: the template for %s is missing", purpose)
		}
	}
	return &Cloud{config: config, client: newClient(config.Timeout, config.RootCAs)}, nil
}

// Address returns the address of the API.
func (s *Cloud) Address() string { return s.config.URL }

// Format implements fmt.Formatter: key and address do not show.
func (s *Cloud) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "sms sender") }

// Send implements [Sender]. It returns nil once the provider has accepted the message. A request is made once, so that
// no message is paid for twice.
func (s *Cloud) Send(ctx context.Context, c Code) error {
	if c.Channel != Phone || !e164.MatchString(c.To) {
		return errors.New("write sms: the recipient is not a phone number in canonical form")
	}
	if _, err := word(c); err != nil {
		return fmt.Errorf("write sms: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	write, took := s.aliyun, tookAliyun
	if s.config.Provider == Tencent {
		write, took = s.tencent, tookTencent
	}
	r, err := write(ctx, c)
	if err != nil {
		return fmt.Errorf("write sms: %w", err)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return fmt.Errorf("send sms: %w", reason(ctx, err))
	}
	defer answer.Body.Close() //nolint:errcheck // it is read
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("send sms: %w", reason(ctx, err))
	}
	code, ok := took(text)
	switch {
	case ok && answer.StatusCode == http.StatusOK:
		return nil
	case words.MatchString(code):
		return fmt.Errorf("send sms: the provider rejected it with %s", code)
	}
	return fmt.Errorf("send sms: the provider responded with status %d", answer.StatusCode)
}

// words matches codes of errors, such as isv.BUSINESS_LIMIT_CONTROL. They have no digits, and so contain neither a
// verification code nor a phone number.
var words = regexp.MustCompile(`^[A-Za-z][A-Za-z._-]{1,80}$`)

// minutes returns the lifetime of the code in minutes.
func minutes(c Code) string { return strconv.Itoa(max(1, int(c.Expires/time.Minute))) }

// aliyun makes a request of SendSms
// (https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms).
func (s *Cloud) aliyun(ctx context.Context, c Code) (*http.Request, error) {
	values := map[string]string{"code": c.Code, "minutes": minutes(c)}
	if c.Purpose == Bind {
		values["org"] = orgName(c)
	}
	filled, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	to := strings.TrimPrefix(c.To, "+")
	if national, china := strings.CutPrefix(c.To, "+86"); china {
		to = national
	}
	query := url.Values{
		"PhoneNumbers": {to}, "SignName": {s.config.SignName}, "TemplateCode": {s.config.Templates[c.Purpose]},
		"TemplateParam": {string(filled)}, "OutId": {c.Flow},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.URL, nil)
	if err != nil {
		return nil, err
	}
	r.URL.Path, r.URL.RawQuery = "/", encodeQuery(query)
	r.Header.Set("X-Acs-Action", "SendSms")
	r.Header.Set("X-Acs-Version", "2017-05-25")
	r.Header.Set("X-Acs-Date", s.config.Now().UTC().Format("2006-01-02T15:04:05Z"))
	r.Header.Set("X-Acs-Signature-Nonce", s.config.Nonce())
	signACS3(r, s.config.KeyID, s.config.Secret)
	return r, nil
}

// tookAliyun reads the response of SendSms, and reports whether the message was accepted.
func tookAliyun(text []byte) (code string, took bool) {
	var answer struct{ Code string }
	_ = json.Unmarshal(text, &answer) // a response that is not JSON accepted nothing
	return answer.Code, answer.Code == "OK"
}

// tencent makes a request of SendSms (https://cloud.tencent.com/document/product/382/55981).
func (s *Cloud) tencent(ctx context.Context, c Code) (*http.Request, error) {
	values := []string{c.Code, minutes(c)}
	if c.Purpose == Bind {
		values = append(values, orgName(c))
	}
	body, err := json.Marshal(map[string]any{
		"PhoneNumberSet": []string{c.To}, "SmsSdkAppId": s.config.App, "SignName": s.config.SignName,
		"TemplateId":       s.config.Templates[c.Purpose],
		"TemplateParamSet": values, "SessionContext": c.Flow,
	})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.URL.Path = "/"
	r.GetBody = nil // keeps the transport from trying again by itself
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("X-Tc-Action", "SendSms")
	r.Header.Set("X-Tc-Version", "2021-01-11")
	r.Header.Set("X-Tc-Region", "ap-guangzhou") // every region leads to the same service
	r.Header.Set("X-Tc-Timestamp", strconv.FormatInt(s.config.Now().Unix(), 10))
	signTC3(r, body, "sms", s.config.KeyID, s.config.Secret)
	return r, nil
}

// tookTencent reads the response of SendSms, and reports whether the message was accepted.
func tookTencent(text []byte) (code string, took bool) {
	var answer struct {
		Response struct {
			Error         struct{ Code string }
			SendStatusSet []struct{ Code string }
		}
	}
	_ = json.Unmarshal(text, &answer) // a response that is not JSON accepted nothing
	if sent := answer.Response.SendStatusSet; len(sent) == 1 {
		return sent[0].Code, sent[0].Code == "Ok"
	}
	return answer.Response.Error.Code, false
}

// encodeQuery encodes parameters in the order of their names, as RFC 3986 specifies.
func encodeQuery(values url.Values) string {
	return strings.NewReplacer("+", "%20").Replace(values.Encode())
}

// signACS3 signs a request without a body, as ACS3-HMAC-SHA256 specifies
// (https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature).
func signACS3(r *http.Request, keyID, secret string) {
	r.Header.Set("X-Acs-Content-Sha256", hash(nil))
	signed := []string{"host"}
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-acs-") {
			signed = append(signed, lower)
		}
	}
	slices.Sort(signed)
	canonical := canonicalRequest(r, signed, hash(nil), func(value string) string { return value })
	signature := hex.EncodeToString(keyed([]byte(secret), "ACS3-HMAC-SHA256\n"+hash([]byte(canonical))))
	r.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+keyID+",SignedHeaders="+strings.Join(signed,
		";")+",Signature="+signature)
}

// signTC3 signs a request, as TC3-HMAC-SHA256 specifies (https://cloud.tencent.com/document/api/382/52072). The request
// must have its X-Tc-Timestamp.
func signTC3(r *http.Request, body []byte, service, keyID, secret string) {
	stamp := r.Header.Get("X-Tc-Timestamp")
	seconds, _ := strconv.ParseInt(stamp, 10, 64) // it was formatted from a number
	date := time.Unix(seconds, 0).UTC().Format(time.DateOnly)
	signed := []string{"content-type", "host", "x-tc-action"}
	canonical := canonicalRequest(r, signed, hash(body), strings.ToLower)
	scope := date + "/" + service + "/tc3_request"
	key := []byte("TC3" + secret)
	for _, part := range []string{date, service, "tc3_request"} {
		key = keyed(key, part)
	}
	signature := hex.EncodeToString(keyed(key, "TC3-HMAC-SHA256\n"+stamp+"\n"+scope+"\n"+hash([]byte(canonical))))
	r.Header.Set("Authorization", "TC3-HMAC-SHA256 Credential="+keyID+"/"+scope+", SignedHeaders="+strings.Join(signed,
		";")+", Signature="+signature)
}

// canonicalRequest returns the canonical form of a request, which both clouds sign.
func canonicalRequest(r *http.Request, signed []string, payload string, spelled func(value string) string) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + cmp.Or(r.URL.EscapedPath(), "/") + "\n" + r.URL.RawQuery + "\n")
	for _, name := range signed {
		given := r.Header.Get(name)
		if name == "host" {
			given = cmp.Or(r.Host, r.URL.Host)
		}
		b.WriteString(name + ":" + spelled(strings.TrimSpace(given)) + "\n")
	}
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + payload)
	return b.String()
}

func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func keyed(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
