package graph_test

import (
	"time"

	"deputy/internal/apitest"
	"deputy/internal/id"
)

type (
	vars   = apitest.Vars
	client = apitest.Client
	answer = apitest.Answer
)

const (
	badCodeZh, badCodeEn = "验证码不正确。", "The code is incorrect."
	oldCodeZh, oldCodeEn = "验证码已失效，请重新获取。", "The code is no longer valid. Request a new one."
	sixZh, sixEn         = "验证码为 6 位数字。", "The code has six digits."
	guessedZh, guessedEn = "验证码输入错误次数过多，请重新获取验证码。", "The code was entered incorrectly too many times. Request a new one."
	soonZh, soonEn       = "刚刚发送过验证码，请稍后再试（每 60 秒可发送一次）。",
		"A code was just sent. Try again shortly: one code can be sent every 60 seconds."
	todayZh, todayEn       = "今天发送的验证码过多，请明天再试。", "Too many codes were sent today. Try again tomorrow."
	passwordZh, passwordEn = "密码须为 10 至 128 个字符。", "The password must have 10 to 128 characters."
)

// asNobody asks without being signed in.
func asNobody(input func(s *fixture) vars) func(*fixture) (*client, vars) {
	return func(s *fixture) (*client, vars) { return s.Nobody(s.T), input(s) }
}

func (s *fixture) signInCode() vars   { return s.code("SIGN_IN", vars{"phone": s.number()}) }
func (s *fixture) passwordCode() vars { return s.code("SET_PASSWORD", vars{"email": s.email()}) }

// guessedOut is a right code after five wrong guesses, made by guess.
func guessedOut(code vars, guess func(vars)) vars {
	for range 5 {
		guess(wrong(code))
	}
	return code
}

var codeDeeds = []mutationCase{
	{mutation: "sendCode", name: "to sign in", ask: asNobody(func(s *fixture) vars {
		return vars{"to": vars{"phone": s.number()}, "purpose": "SIGN_IN"}
	}), check: func(s *fixture, a *answer) {
		flow := a.Text("sendCode.flow")
		if !id.Is(id.Flow, flow) || len(s.Codes.Of(flow)) != 6 || a.Get("sendCode.expiresInSeconds") != 300.0 ||
			a.Get("sendCode.resendInSeconds") != 60.0 {
			s.Errorf("%s", a.Body)
		}
	}},
	{mutation: "sendCode", name: "to set a password", ask: asNobody(func(s *fixture) vars {
		return vars{"to": vars{"email": s.email()}, "purpose": "SET_PASSWORD"}
	})},
	{
		mutation: "sendCode", name: "to no phone number", ask: asNobody(func(*fixture) vars {
			return vars{"to": vars{"phone": "123"}, "purpose": "SIGN_IN"}
		}),
		want: "INVALID input.to.phone", zh: "请填写有效的手机号，例如 138 0000 0001。",
		en: "Enter a valid mobile phone number, such as +86 138 0000 0001.",
	},
	{
		mutation: "sendCode", name: "to sign in by e-mail address", ask: asNobody(func(s *fixture) vars {
			return vars{"to": vars{"email": s.email()}, "purpose": "SIGN_IN"}
		}),
		want: "INVALID input.to.email", zh: "登录验证码只发送到手机号；用邮箱登录请输入密码，还没有密码请先设置密码。",
		en: "Sign-in codes are sent only to phone numbers. With an e-mail address, sign in with a password; if you have " +
			"none yet, set one first.",
	},
	{
		mutation: "sendCode", name: "to set a password by phone", ask: asNobody(func(s *fixture) vars {
			return vars{"to": vars{"phone": s.number()}, "purpose": "SET_PASSWORD"}
		}),
		want: "INVALID input.to.phone", zh: "设置密码的验证码只发送到邮箱；用手机号登录不需要密码，请获取登录验证码。",
		en: "Codes to set a password are sent only to e-mail addresses. With a phone number you need no password; request " +
			"a sign-in code.",
	},
	{mutation: "sendCode", name: "again at once", ask: asNobody(func(s *fixture) vars {
		in := vars{"to": vars{"phone": s.number()}, "purpose": "SIGN_IN"}
		s.must(s.Nobody(s.T), "sendCode", in)
		s.Clock.Add(-time.Minute) // does waits a minute
		return in
	}), want: "CODE_TOO_SOON input.to.phone", zh: soonZh, en: soonEn},
	{mutation: "sendCode", name: "a fourth time from a strange network", ask: asNobody(func(s *fixture) vars {
		in := vars{"phone": s.number()}
		for range 3 {
			s.code("SIGN_IN", in)
		}
		return vars{"to": in, "purpose": "SIGN_IN"}
	}), want: "TOO_MANY_ATTEMPTS input.to.phone", zh: todayZh, en: todayEn},

	{mutation: "signIn", name: "a first time", ask: asNobody(func(s *fixture) vars {
		return vars{"code": s.code("SIGN_IN", vars{"phone": "13700001111"})}
	}), event: `ACCOUNT +86 137****1111 @- signIn DONE | Account "+86 137****1111"`, check: func(s *fixture, a *answer) {
		s.secrets = append(s.secrets, a.Text("signIn.token"))
		if a.Text("signIn.viewer.account.phone") != "+8613700001111" || len(a.List("signIn.viewer.seats")) != 0 ||
			a.Get("signIn.viewer.sessions.0.current") != true {
			s.Errorf("%s", a.Body)
		}
	}},
	{mutation: "signIn", name: "with seats", ask: asNobody(func(s *fixture) vars {
		return vars{"code": s.code("SIGN_IN", vars{"phone": s.A.Seats["运营"].Phone})}
	}), event: `ACCOUNT +86 139****0001 @- signIn DONE | Account "+86 139****0001"`, check: func(s *fixture, a *answer) {
		if a.Text("signIn.viewer.seats.0.orgName") != "甲机构" || a.Text("signIn.viewer.seats.0.org.name") != "甲机构" {
			s.Errorf("%s", a.Body)
		}
	}},
	{mutation: "signIn", name: "with a password, into a cookie", ask: asNobody(func(s *fixture) vars {
		_, email := s.person()
		return vars{"password": vars{"email": email, "password": goodPassword}, "session": "COOKIE"}
	}), event: `ACCOUNT p***@example.com @- signIn DONE | Account "p***@example.com"`, check: func(s *fixture, a *answer) {
		if a.Get("signIn.token") != nil || a.Get("signIn.viewer.account.id") == nil {
			s.Errorf("%s", a.Body)
		}
	}},
	{mutation: "signIn", name: "with what is no code", ask: asNobody(func(s *fixture) vars {
		return vars{"code": vars{"flow": s.signInCode()["flow"], "code": "12345"}}
	}), want: "INVALID input.code.code", zh: sixZh, en: sixEn},
	{
		mutation: "signIn", name: "with a wrong code",
		ask:  asNobody(func(s *fixture) vars { return vars{"code": wrong(s.signInCode())} }),
		want: "CODE_WRONG input.code.code",
		zh:   badCodeZh, en: badCodeEn,
	},
	{mutation: "signIn", name: "with an old code", ask: asNobody(func(s *fixture) vars {
		code := s.signInCode()
		s.Clock.Add(5 * time.Minute)
		return vars{"code": code}
	}), want: "CODE_EXPIRED input.code.code", zh: oldCodeZh, en: oldCodeEn},
	{mutation: "signIn", name: "with a used code", ask: asNobody(func(s *fixture) vars {
		code := s.signInCode()
		s.must(s.Nobody(s.T), "signIn", vars{"code": code})
		return vars{"code": code}
	}), want: "CODE_EXPIRED input.code.code", zh: oldCodeZh, en: oldCodeEn},
	{
		mutation: "signIn", name: "with a code for a password",
		ask: asNobody(func(s *fixture) vars { return vars{"code": s.passwordCode()} }), want: "CODE_EXPIRED input.code.code",
		zh: oldCodeZh, en: oldCodeEn,
	},
	{mutation: "signIn", name: "with what is no flow", ask: asNobody(func(*fixture) vars {
		return vars{"code": vars{"flow": "flw_\x00", "code": "123456"}}
	}), want: "CODE_EXPIRED input.code.code", zh: oldCodeZh, en: oldCodeEn},
	{mutation: "signIn", name: "with a sixth guess", ask: asNobody(func(s *fixture) vars {
		return vars{"code": guessedOut(s.signInCode(), func(code vars) {
			s.Nobody(s.T).Do(documentOf("signIn"),
				vars{"in": vars{"code": code}})
		})}
	}), want: "TOO_MANY_ATTEMPTS input.code.code", zh: guessedZh, en: guessedEn},
	{mutation: "signIn", name: "with a wrong password", ask: asNobody(func(s *fixture) vars {
		_, email := s.person()
		return vars{"password": vars{"email": email, "password": "another password"}}
	}), want: "SIGN_IN_FAILED input.password", zh: "邮箱或密码不正确。", en: "The e-mail address or password is incorrect."},
	{mutation: "signIn", name: "with an unknown address", ask: asNobody(func(s *fixture) vars {
		return vars{"password": vars{"email": s.email(), "password": "another password"}}
	}), want: "SIGN_IN_FAILED input.password", zh: "邮箱或密码不正确。", en: "The e-mail address or password is incorrect."},

	{
		mutation: "setPassword", name: "a first time", ask: asNobody(func(s *fixture) vars {
			return vars{"code": s.passwordCode(), "password": "new and long enough"}
		}), event: `ACCOUNT p***@example.com @- setPassword DONE | Account "p***@example.com" hasPassword:false→true`,
		check: func(s *fixture, a *answer) {
			s.secrets = append(s.secrets, "new and long enough")
			if a.Get("setPassword.account.hasPassword") != true {
				s.Errorf("%s", a.Body)
			}
		},
	},
	{mutation: "setPassword", name: "too short", ask: asNobody(func(s *fixture) vars {
		return vars{"code": s.passwordCode(), "password": "123456789"}
	}), want: "INVALID input.password", zh: passwordZh, en: passwordEn},
	{mutation: "setPassword", name: "too long", ask: asNobody(func(s *fixture) vars {
		return vars{"code": s.passwordCode(), "password": manyTimes("密", 129)}
	}), want: "INVALID input.password", zh: passwordZh, en: passwordEn},
	{mutation: "setPassword", name: "with a wrong code", ask: asNobody(func(s *fixture) vars {
		return vars{"code": wrong(s.passwordCode()), "password": goodPassword}
	}), want: "CODE_WRONG input.code.code", zh: badCodeZh, en: badCodeEn},
	{mutation: "setPassword", name: "with a code to sign in", ask: asNobody(func(s *fixture) vars {
		return vars{"code": s.signInCode(), "password": goodPassword}
	}), want: "CODE_EXPIRED input.code.code", zh: oldCodeZh, en: oldCodeEn},
	{mutation: "setPassword", name: "with a sixth guess", ask: asNobody(func(s *fixture) vars {
		return vars{"password": goodPassword, "code": guessedOut(s.passwordCode(), func(code vars) {
			s.Nobody(s.T).Do(documentOf("setPassword"), vars{"in": vars{"code": code, "password": goodPassword}})
		})}
	}), want: "TOO_MANY_ATTEMPTS input.code.code", zh: guessedZh, en: guessedEn},
}
