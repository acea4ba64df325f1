package signin

import "deputy/internal/fault"

// The messages of refusals.
var (
	oneContact = fault.Message{
		Zh: "请填写手机号或邮箱，两者只填一个。", En: "Enter a phone number or an e-mail address, but not both.",
	}
	phoneForSignIn = fault.Message{
		Zh: "登录验证码只发送到手机号；用邮箱登录请输入密码，还没有密码请先设置密码。",
		En: "Sign-in codes are sent only to phone numbers. With an e-mail address, sign in with a password; if you " +
			"have none yet, set one first.",
	}
	emailForPassword = fault.Message{
		Zh: "设置密码的验证码只发送到邮箱；用手机号登录不需要密码，请获取登录验证码。",
		En: "Codes to set a password are sent only to e-mail addresses. With a phone number you need no password; " +
			"request a sign-in code.",
	}
	noSuchPurpose = fault.Message{Zh: "没有这种用途的验证码。", En: "There is no code for this purpose."}
	tooSoon       = fault.Message{
		Zh: "刚刚发送过验证码，请稍后再试（每 60 秒可发送一次）。",
		En: "A code was just sent. Try again shortly: one code can be sent every 60 seconds.",
	}
	tooManyCodes = fault.Message{
		Zh: "今天发送的验证码过多，请明天再试。", En: "Too many codes were sent today. Try again tomorrow.",
	}
	tooManyGuesses = fault.Message{
		Zh: "验证码输入错误次数过多，请重新获取验证码。", En: "The code was entered incorrectly too many times. Request a new one.",
	}
	tooManyTries = fault.Message{
		Zh: "密码输入错误次数过多，请 15 分钟后再试，或重新设置密码。",
		En: "The password was entered incorrectly too many times. Try again in 15 minutes, or set a new password.",
	}
	tooBusy = fault.Message{
		Zh: "请求过于频繁，请稍后再试。", En: "Too many requests. Try again later.",
	}
	sixDigits   = fault.Message{Zh: "验证码为 6 位数字。", En: "The code has six digits."}
	codeWrong   = fault.Message{Zh: "验证码不正确。", En: "The code is incorrect."}
	codeExpired = fault.Message{
		Zh: "验证码已失效，请重新获取。", En: "The code is no longer valid. Request a new one.",
	}
	oneWay = fault.Message{
		Zh: "请用验证码或密码登录，两者只填一个。", En: "Sign in with a code or a password, but not both.",
	}
	signInFailed = fault.Message{
		Zh: "邮箱或密码不正确。", En: "The e-mail address or password is incorrect.",
	}
	passwordLength = fault.Message{
		Zh: "密码须为 10 至 128 个字符。", En: "The password must have 10 to 128 characters.",
	}
	passwordCharacters = fault.Message{
		Zh: "密码含有无法使用的字符（例如控制字符），请换一个。",
		En: "The password contains characters that can't be used, such as control characters. Choose another one.",
	}
	signInFirst   = fault.Message{Zh: "请先登录。", En: "Sign in first."}
	noSuchSession = fault.Message{Zh: "没有这个登录会话。", En: "The session was not found."}
	tooManyIDs    = fault.Message{Zh: "一次最多 %d 个。", En: "At most %d at once."}
)

// The paths of inputs in refusals.
var (
	fieldCode     = []string{"input", "code", "code"}
	fieldPassword = []string{"input", "password"}
)
