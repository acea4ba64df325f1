package contact_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"deputy/internal/contact"
	"deputy/internal/fault"
)

func parseName(s string) (string, error) { return contact.ParseName(s, 20) }

func TestParseName(t *testing.T) {
	twenty := strings.Repeat("张", 20)
	check(t, parseName, []row{
		{"张三", "张三"},
		{"  张\u3000\t 三\u00a0\r\n", "张 三"},
		{"张\n三", "张 三"},
		{"商务（北京）：一组！", "商务（北京）：一组！"},
		{"商务(北京)", "商务(北京)"},
		{"买买提·艾力", "买买提·艾力"},
		{"①组 ㎡ ™…", "①组 ㎡ ™…"},
		{"ＡＢｃ１２３", "ABc123"},
		{"𝐀𝟏", "A1"},
		{"ﬁ Ⅳ", "fi IV"},
		{"ｶﾞﾝ", "ガン"},
		{"\u2f08\u2f00", "人一"},
		{"\u2e9f\u2ef3", "母龟"},
		{"\uf900", "\u8c48"},
		{"Jose\u0301", "José"},
		{"\u212b\u2126", "ÅΩ"},
		{"ㅋㅋ", "ㅋㅋ"},
		{"客服❤️😀", "客服❤😀"},
		{"\U00020BB7野家", "\U00020BB7野家"},
		{"\U0002EBF0\U000323B0", "\U0002EBF0\U000323B0"},
		{twenty, twenty},
		{" " + twenty + " ", twenty},
		{strings.Repeat("😀", 20), strings.Repeat("😀", 20)},
		{strings.Repeat("e\u0301", 20), strings.Repeat("é", 20)},
		{twenty + "张", ""},
		{strings.Repeat("\ufdfa", 2), ""},
		{"", ""},
		{" \u3000\n", ""},
		{"\ufe0f", ""},
		{"\u0301", ""},
		{"张 \u0301三", ""},
		{"张三\xff", ""},
		{"张三\xed\xa0\x80", ""},
		{strings.Repeat(" ", 1<<20) + "张三", ""},
	})
	for _, r := range hiddenRunes {
		check(t, parseName, []row{{"张" + string(r) + "三", ""}, {"张三" + string(r), ""}, {string(r) + "张三", ""}})
	}
	for _, r := range silentRunes {
		check(t, parseName, []row{
			{"张" + string(r) + "三", "张三"},
			{"张三" + string(r), "张三"},
			{string(r) + "张三", "张三"},
			{string(r), ""},
		})
	}
	for _, r := range wrappingRunes {
		check(t, parseName, []row{{"张" + string(r) + "三", ""}, {"张三" + string(r), "张三"}, {string(r) + "张三", "张三"}})
	}
}

// TestWhatBelongsToASignOrASpelling keeps what an emoji is joined with, and joiners that are spelling, and refuses them
// elsewhere.
func TestWhatBelongsToASignOrASpelling(t *testing.T) {
	check(t, parseName, []row{
		{"小厨👩\u200d🍳", "小厨👩\u200d🍳"},
		{"❤\ufe0f\u200d🔥爆款", "❤\ufe0f\u200d🔥爆款"},
		{"❤\u200d🔥爆款", "❤\u200d🔥爆款"},
		{"👨\u200d👩\u200d👧亲子装", "👨\u200d👩\u200d👧亲子装"},
		{"🏳\ufe0f\u200d🌈店", "🏳\ufe0f\u200d🌈店"},
		{"👁\ufe0f\u200d🗨\ufe0f", "👁\ufe0f\u200d🗨\ufe0f"},
		{"👩🏽\u200d🚀", "👩🏽\u200d🚀"},
		{"1\ufe0f\u20e3号链接", "1\ufe0f\u20e3号链接"},
		{"🇨🇳国货", "🇨🇳国货"},
		{
			"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F茶",
			"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F茶",
		},
		{"علی\u200cرضا", "علی\u200cرضا"},
		{"می\u200cخواهم", "می\u200cخواهم"},
		{"ශ්\u200dරී නුවන්", "ශ්\u200dරී නුවන්"},
		{"क्\u200cष", "क्\u200cष"},
		{"口红\u200b礼盒", "口红礼盒"},
		{"王\u200c芳", ""},
		{"wang\u200dfang", ""},
		{"王\u200d芳", ""},
		{"علی\u200c", ""},
		{"علی\u200c王", ""},
		{"👩\u200d", ""},
		{"👩\u200d王", ""},
		{"👩\u200d\u200d🍳", ""},
		{"王\U000E0067\U000E007F", ""},
		{"🏴\U000E0067\U000E0062\U000E0065茶", ""},
	})
	if contact.NameKey("❤\ufe0f\u200d🔥") != contact.NameKey("❤\u200d🔥") {
		t.Error("two ways to write one sign have two keys")
	}
}

// TestAMessageNamesTheCharacter that is in the way.
func TestAMessageNamesTheCharacter(t *testing.T) {
	for in, want := range map[string]string{
		"王\u200c芳": "U+200C", "张\u202e三": "U+202E", "张三\x1f": "U+001F",
		"\u0301": "U+0301", "\U000E0061": "U+E0061",
	} {
		_, err := parseName(in)
		var refusal *fault.Error
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Text(fault.Zh), want) ||
			!strings.Contains(refusal.Text(fault.En), want) {
			t.Errorf("%+q: %v does not name %s", in, err, want)
		}
	}
}

// Every character between letters, and between a letter and a mark, is refused, or has a form that stays as it is.
func TestParseNameIsIdempotentForEveryCharacter(t *testing.T) {
	for r := rune(0); r < 0x10000; r++ {
		for _, s := range []string{"a" + string(r) + "三", "か" + string(r) + "\u3099"} {
			if got, err := parseName(s); err == nil {
				checkCanonical(t, parseName, s, got)
			}
		}
	}
}

func TestParseText(t *testing.T) {
	long := strings.Repeat("字", 200)
	check(t, func(s string) (string, error) { return contact.ParseText(s, 200) }, []row{
		{"看订单\r\n\r\n  导出 Ｅxcel  \r退款\n\n", "看订单\n\n导出 Excel\n退款"},
		{long, long},
		{long + "字", ""},
		{"看\x00订单", ""},
		{"看\u202e订单", ""},
		{"看\n\u0301订单", ""},
		{"\xff", ""},
		{strings.Repeat("\n", 1<<20), ""},
	})
	if got, err := contact.ParseText(" \n\t", 200); got != "" || err != nil {
		t.Errorf("empty: got %q, %v", got, err)
	}
}

func TestParseOrgName(t *testing.T) {
	parse := func(s string) (string, error) { return contact.ParseOrgName(s, 40) }
	for _, name := range []string{
		"星河传媒", "星河传媒（北京）有限公司", "No.1传媒", "V2.0 科技", "J.K工作室", "Dr. Wang", "A.B.C.", "星河。", "100% 好物", "买买提·艾力", "www工作室",
		"HTTP 小组", "A/B 测试", "星河...", "3.14", "St. 中国", "合作：星河",
		"Mr.Li影视", "J.Crew分销", "Dr.Jart代运营", "墨菲.影视", "今天。也要开心影视", "St.Moritz传媒", "Dr.Me美妆", "L'Oréal传媒", "Levi’s 分销",
		"星河·娱乐",
		"《影视》工作室", "4A 广告", "1984 传媒", "2024年 3月", "一二三四传媒", "星河（上海）", "S.H.E. 工作室", "No. 9527", "A·B影视", "比例 16:9", "360 影视",
		"大象。新闻工作室",
	} {
		check(t, parse, []row{{name, name}})
	}
	for _, name := range []string{
		"", "http://evil", "HTTPS:evil", "ｈｔｔｐ：／／evil", "http\u2236\u2215\u2215evil", "//evil", "\\\\evil", "www.x", "ｗｗｗ．x",
		"ⓦⓦⓦ.x",
		"evil.com", "星河 t.cn/abc", "星河t．cn", "星河t。cn", "t｡cn", "t․cn", "t﹒cn", "t\u06d4cn", "t\ua4f8cn", "ｔ．ｃｎ", "𝐭.𝐜𝐧",
		"ⓔvil.ⓒⓞⓜ",
		"例子.中国", "例子。公司", "evil.соm", "evil.co\u0301m", "evil.xn--p1ai", "a@b", "小红＠星河", "小红﹫星河", "1.2.3.4", "１.２.３.４",
		"tel:10086",
		"mailto:x", "evil.\u200bcom", "星河.evil.com点击",
		"t.cn 领红包", "t.cn领红包", "mr.li", "Mr.Li", "Mr.Li 影视", "a.Com点击", "localhost:8080", "LOCALHOST", "ｌｏｃａｌｈｏｓｔ：８０８０",
		"host:8080", "example·com", "example•com", "example・com",
		"example‧com", "1·2·3·4", "evil.shop", "星河.商城", "javascript:x", "xn--p1ai", "星河．在线",
		"”的验证码。【招商银行】您的卡被冻结请致电 95588 或回复验证码“", "【星河】", "[星河]", "［星河］", "〔星河〕", "〖星河〗", "{星河}", "「星河」", "『星河』", "｢星河｣", "“星河”",
		"\"星河\"",
		"＂星河", "«星河»", "‹星河›", "„星河‟", "'星河'", "‘星河’", "〝星河〞", "❝星河❞", "`星河`", "星河″", "星河'", "a'星河", "﹁星河﹂", "︻星河︼",
		"星河\n招商银行", "星河\r\n招商银行", "星河\u2028招商银行", "星河\u0085招商银行", "星河\v招商银行",
		"星河95588", "星河９５５８８", "星河٩٥٥٨٨", "①②③④⑤", "❾❺❺❽❽", "九五五八八", "9五5八8", "9⃣5⃣5⃣8⃣8⃣", "𝟗𝟓𝟓𝟖𝟖", "138 0013 8000",
		"138-0013-8000", "400.888.8888",
	} {
		check(t, parse, []row{{name, ""}})
	}
}

// TestPlainTextIsItsOwnForm holds the short way that most texts take to the long one, which a character takes that is
// dropped.
func TestPlainTextIsItsOwnForm(t *testing.T) {
	const dropped = "\u00AD"
	for r := rune(1); r < 0x10000; r++ {
		for _, s := range []string{string(r), "张" + string(r) + "a", "a " + string(r), string(r) + " 三"} {
			short, wrong := parseName(s)
			if long, refused := parseName(s + dropped); short != long || (wrong == nil) != (refused == nil) {
				t.Errorf("%+q is %+q, %v, and the long way %+q, %v", s, short, wrong, long, refused)
			}
		}
	}
	for _, s := range []string{" 张", "张 ", "张  三", " ", "a\tb"} {
		short, wrong := parseName(s)
		if long, refused := parseName(s + dropped); short != long || (wrong == nil) != (refused == nil) {
			t.Errorf("%q is %q, %v, and the long way %q, %v", s, short, wrong, long, refused)
		}
	}
}

func TestNameKey(t *testing.T) {
	for _, pair := range [][2]string{
		{"商务（北京）", "商务(北京)"}, {"Sales", "SALES"}, {"Straße", "STRASSE"}, {"①组", "1组"}, {"A　B", "a b"}, {"一：二", "一:二"},
	} {
		if contact.NameKey(pair[0]) != contact.NameKey(pair[1]) {
			t.Errorf("%q and %q have the keys %q and %q", pair[0], pair[1], contact.NameKey(pair[0]), contact.NameKey(pair[1]))
		}
	}
	if contact.NameKey("运营") == contact.NameKey("商务") {
		t.Error("two names have one key")
	}
}

func FuzzName(f *testing.F) {
	for _, s := range []string{
		"张三", "商务（北京）", " ＡＢ\u3000１２ ", "❤️", "e\u0301\u0323", "\u202e", "\u2f08", "ｶﾞ", "\ufdfa",
		"\u1e9b\u0323", "a\nb\r\nc", "evil。com", "\u037a", "ŉ",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, parse := range map[string]func(string, int) (string, error){
			"ParseName": contact.ParseName, "ParseText": contact.ParseText, "ParseOrgName": contact.ParseOrgName,
		} {
			max30 := func(s string) (string, error) { return parse(s, 30) }
			got, err := max30(s)
			if err != nil {
				checkRefusal(t, s, got, err)
				continue
			}
			if n := utf8.RuneCountInString(got); n > 30 || n == 0 && name != "ParseText" {
				t.Errorf("%s %+q: %d characters", name, s, n)
			}
			if strings.ContainsRune(got, '\n') && name != "ParseText" {
				t.Errorf("%s %+q: %+q has two lines", name, s, got)
			}
			checkCanonical(t, max30, s, got)
			if key := contact.NameKey(got); contact.NameKey(key) != key {
				t.Errorf("%s %+q: the key %+q has the key %+q", name, s, key, contact.NameKey(key))
			}
		}
	})
}
