package send

import (
	"fmt"
	"time"

	"deputy/internal/contact"
	"deputy/internal/fault"
)

// wording is the text of a message for one purpose.
type wording struct {
	subject fault.Message
	// what is the purpose in words.
	what fault.Message
	// care is the warning about sharing the code.
	care fault.Message
}

const (
	letterZh = "您好！\n\n您的验证码是：\n\n    %s\n\n用途：%s。\n有效期：%s，只能使用一次。\n\n%s\n"
	letterEn = "Hello,\n\nYour verification code is:\n\n    %s\n\nPurpose: %s.\nValid for: %s, for one use only.\n\n%s\n"
	shortZh  = "验证码 %s，用于%s，%s内有效。%s"
	shortEn  = "Your verification code is %s, for %s. It is valid for %s. %s"
)

// own is the warning for a code that only the recipient needs.
var own = fault.Message{
	Zh: "请勿把验证码告诉任何人，我们绝不会向您索要。如非本人操作，请忽略。",
	En: "Never share this code with anyone. We will never ask for it. If you didn't request it, ignore this message.",
}

var wordings = map[Purpose]wording{
	SignIn: {
		subject: fault.Message{Zh: "Deputy 登录验证码", En: "Your Deputy sign-in code"},
		what:    fault.Message{Zh: "登录 Deputy", En: "signing in to Deputy"},
		care:    own,
	},
	SetPassword: {
		subject: fault.Message{Zh: "Deputy 设置密码的验证码", En: "Your code to set your Deputy password"},
		what:    fault.Message{Zh: "设置 Deputy 的登录密码", En: "setting your Deputy password"},
		care:    own,
	},
	Bind: {
		subject: fault.Message{Zh: "加入机构的验证码", En: "Your code to join an org"},
		what:    fault.Message{Zh: "加入机构成为其子帐号", En: "joining an org as a sub-account"},
		care: fault.Message{
			Zh: "同意加入才把它告诉该机构的主帐号，切勿告诉其他任何人，我们绝不会向您索要。如不认识该机构，请忽略。",
			En: "If you agree to join, give this code only to the owner of that org, and to no one else. We will never " +
				"ask for it. If you don't know the org, ignore this message.",
		},
	},
}

// The org's name comes last, after all fixed text, so that it can't pose as a part of a sentence of ours.
var (
	named = fault.Message{Zh: "该机构自称：「%s」", En: "The org calls itself: 「%s」"}
	// nameless replaces a name that can't be displayed.
	nameless = fault.Message{Zh: "（名称无法显示）", En: "(name can't be displayed)"}
)

// orgName returns the name of the org as people outside it may read it.
func orgName(c Code) string {
	if c.Purpose != Bind {
		return ""
	}
	if safe := contact.SafeOrgName(c.OrgName); safe != "" {
		return safe
	}
	return fault.New("", nameless).Text(c.Lang)
}

// message is the text of a message.
type message struct{ subject, letter, short string }

// word returns the text for a code, or an error that names what is missing.
func word(c Code) (message, error) {
	w, ok := wordings[c.Purpose]
	switch {
	case !ok:
		return message{}, fmt.Errorf("no such purpose %q", c.Purpose)
	case c.Code == "" || c.Flow == "" || c.Expires < time.Second:
		return message{}, fmt.Errorf("code, flow or lifetime is missing")
	case c.Purpose == Bind && c.OrgName == "":
		return message{}, fmt.Errorf("the org's name is missing")
	}
	letter, short := letterZh, shortZh
	if c.Lang == fault.En {
		letter, short = letterEn, shortEn
	}
	say := func(m fault.Message) string { return fault.New("", m).Text(c.Lang) }
	what, care, lifetime := say(w.what), say(w.care), lifetime(c.Expires, c.Lang)
	said := message{
		subject: say(w.subject),
		letter:  fmt.Sprintf(letter, c.Code, what, lifetime, care),
		short:   fmt.Sprintf(short, c.Code, what, lifetime, care),
	}
	if c.Purpose == Bind {
		name := fault.New("", named, orgName(c)).Text(c.Lang)
		said.letter += "\n" + name + "\n"
		said.short += " " + name
	}
	return said, nil
}

// lifetime formats a duration in whole minutes, or in seconds below one minute.
func lifetime(d time.Duration, lang fault.Lang) string {
	n, zh, en := int(d/time.Minute), "分钟", "minute"
	if n == 0 {
		n, zh, en = int(d/time.Second), "秒", "second"
	}
	if lang != fault.En {
		return fmt.Sprintf("%d %s", n, zh)
	}
	if n != 1 {
		en += "s"
	}
	return fmt.Sprintf("%d %s", n, en)
}
