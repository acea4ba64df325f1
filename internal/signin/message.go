package signin

import "deputy/internal/fault"

// What people are told.
var (
	oneContact = fault.Message{
		Zh: "请填写手机号或邮箱，两者只填一个。", En: "Give a phone number or an e-mail address: exactly one of the two.",
	}
	phoneForSignIn = fault.Message{
		Zh: "登录验证码只发送到手机号；用邮箱登录请输入密码，还没有密码请先设置密码。",
		En: "Codes to sign in go to phone numbers. With an e-mail address, sign in with its password; if it has none yet, " +
			"set one first.",
	}
	emailForPassword = fault.Message{
		Zh: "设置密码的验证码只发送到邮箱；用手机号登录不需要密码，请获取登录验证码。",
		En: "Codes to set a password go to e-mail addresses. With a phone number you need no password: ask for a code to " +
			"sign in.",
	}
	noSuchPurpose = fault.Message{Zh: "没有这种用途的验证码。", En: "There is no code for that purpose."}
	tooSoon       = fault.Message{
		Zh: "刚刚发送过验证码，请稍后再试（每 60 秒可发送一次）。", En: "A code was sent just now; one can be sent every 60 seconds. Try again " +
			"shortly.",
	}
	tooManyCodes = fault.Message{
		Zh: "今天发送的验证码过多，请明天再试。", En: "Too many codes were sent there today; try again tomorrow.",
	}
	tooManyGuesses = fault.Message{
		Zh: "验证码输入错误次数过多，请重新获取验证码。", En: "Too many wrong guesses; ask for a new code.",
	}
	tooManyTries = fault.Message{
		Zh: "密码输入错误次数过多，请 15 分钟后再试，或重新设置密码。", En: "Too many wrong passwords; try again in 15 minutes, or set a new password.",
	}
	tooBusy = fault.Message{
		Zh: "请求过于频繁，请稍后再试。", En: "Too many requests; try again later.",
	}
	sixDigits   = fault.Message{Zh: "验证码为 6 位数字。", En: "A code is six digits."}
	codeWrong   = fault.Message{Zh: "验证码不正确。", En: "The code is not right."}
	codeExpired = fault.Message{
		Zh: "验证码已失效，请重新获取。", En: "The code is no longer good; ask for a new one.",
	}
	oneWay = fault.Message{
		Zh: "请用验证码或密码登录，两者只填一个。", En: "Sign in with a code or a password: exactly one of the two.",
	}
	signInFailed = fault.Message{
		Zh: "邮箱或密码不正确。", En: "The e-mail address or the password is not right.",
	}
	passwordLength = fault.Message{
		Zh: "密码须为 10 至 128 个字符。", En: "A password has 10 to 128 characters.",
	}
	passwordCharacters = fault.Message{
		Zh: "密码含有无法使用的字符（例如控制字符），请换一个。", En: "The password holds characters that can't be used, such as control " +
			"characters; choose another.",
	}
	signInFirst   = fault.Message{Zh: "请先登录。", En: "Sign in first."}
	noSuchSession = fault.Message{Zh: "没有这个登录会话。", En: "There is no such session."}
	tooManyIDs    = fault.Message{Zh: "一次最多 %d 个。", En: "At most %d at once."}
)

// Fields that refusals name.
var (
	fieldCode     = []string{"input", "code", "code"}
	fieldPassword = []string{"input", "password"}
)
