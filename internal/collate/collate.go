// Package collate makes keys by which names sort as readers of Chinese expect, as the root collation of Unicode with
// the order of zh (CLDR) has it: signs, emoji, numbers by what they count, Latin letters and those of other scripts,
// Chinese characters that have no reading there, and all others by their pinyin, with traditional forms beside the
// simplified ones. A character has one place: a surname that is read in a way of its own (单, 曾, 仇) stands where its
// usual reading does. Databases compare keys byte by byte, so all of them sort alike, whatever their locale is.
package collate

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// moved are the characters of GB 2312 that stand elsewhere in today's order of zh (CLDR 42, ICU 72) than in that of
// golang.org/x/text, such as 沈, which is no longer read chén: each with the character that it comes after.
const moved = "巴八 叭八 笆捌 罢爸 扮伴 绷崩 啵饽 膊箔 钸逋 敞惝 晨宸 酬筹 楚楮 鹑淳 哒沓 铛裆 得纛 嗲跌 朵踱 坊邡 夫否 袱菔 甫抚 咐附 " +
	"傅副 蚣恭 咕呱 菇鸪 呵诃 候逅 乎鲎 糊槲 唬浒 欢坏 晃恍 辑蒺 匠耩 姐羯 睛腈 矩举 钶疴 哩愣 狸厘 李礼 咧镣 伶躏 窿癃 喽偻 " +
	"掠乱 略乱 蟆麻 蹒鞔 拇姆 呐那 娘埝 篷鹏 谝胼 泼泊 颇笸 攵攴 戚桤 袷掐 乾钳 犭颧 鹊阕 谁麝 沈神 识时 拾实 诉夙 屉体 涂徒 " +
	"驼沲 枉往 猬渭 伍仵 务勿 西汐 息奚 仙罅 霰腺 训鲟 闫延 爷噎 衤一 宜诒 蝇潆 友蝣 蔗浙 徵酯 帚肘 缀坠"

// places puts the characters that moved where they belong: behind whatever begins with the character before them, in
// their own order.
var places = sync.OnceValue(func() *strings.Replacer {
	const last = "蓙" // the last character of the order
	var all []string
	for pair := range strings.FieldsSeq(moved) {
		character, size := utf8.DecodeRuneInString(pair)
		all = append(all, string(character), pair[size:]+last+string(character))
	}
	return strings.NewReplacer(all...)
})

// MaxKey is how long a key is at most, in bytes. What names differ in beyond that does not order them.
const MaxKey = 512

// Key returns the key of a name. Names with the same key are the same to a reader, but for leading zeros.
func Key(name string) []byte {
	// A Collator is not for concurrent use. To make one takes some microseconds.
	key := collate.New(language.Chinese, collate.Numeric).KeyFromString(new(collate.Buffer), places().Replace(name))
	return bytes.Clone(key[:min(len(key), MaxKey)])
}

// Sort sorts names by their keys.
func Sort(names []string) {
	keys := make(map[string][]byte, len(names))
	for _, name := range names {
		keys[name] = Key(name)
	}
	slices.SortStableFunc(names, func(a, b string) int { return bytes.Compare(keys[a], keys[b]) })
}
