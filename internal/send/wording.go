package send

import (
	"fmt"
	"time"

	"deputy/internal/contact"
	"deputy/internal/fault"
)

// wording is what one purpose says.
type wording struct {
	subject fault.Message
	// what completes "the code is for …".
	what fault.Message
	// care is what the person should do, and not do, with the code.
	care fault.Message
}

const (
	letterZh = "您好！\n\n您的验证码是：\n\n    %s\n\n用途：%s。\n有效期：%s，只能使用一次。\n\n%s\n"
	letterEn = "Hello,\n\nyour verification code is\n\n    %s\n\nIt is for %s.\nIt is good for %s, and for one use.\n\n" +
		"%s\n"
	shortZh = "验证码 %s，用于%s，%s内有效。%s"
	shortEn = "Your code is %s, for %s, good for %s. %s"
)

// own is the care for a code that nobody but the person needs.
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

// The org's name stands in one place, behind all that is fixed, so that it can't go on where a sentence of ours ends.
var (
	named = fault.Message{Zh: "该机构自称：「%s」", En: "The org calls itself: 「%s」"}
	// nameless stands for a name of which nothing can be shown.
	nameless = fault.Message{Zh: "（名称无法显示）", En: "(its name can't be shown)"}
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

// message is a code in words.
type message struct{ subject, letter, short string }

// word puts the code into words, or says what of it is missing.
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

// lifetime says how long, in whole minutes, or in seconds below one.
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
