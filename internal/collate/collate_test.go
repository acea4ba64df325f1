package collate_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"deputy/internal/collate"
)

// sorted are names in the order in which they sort.
var sorted = []string{
	"", " x", "_x", "-x", "(x)", // signs
	"🍎红", "👨‍👩‍👧", "😀", // emoji
	"1号", "2号", "10号", "20260301", // numbers by what they count
	"alice", "Alice", "bob", "éclat", "Zoe", "Ωmega", "Яна", "한국", "カナ", // other scripts, small letters first
	"㐂", "𠮷野家", // without a reading
	"阿宝", "爱丽丝", "曾国", "查良镛", "陈", "陳", "仇英", "达人 1", "达人2", "达人10", "达人二", "单雄", "解缙", "黎明", "礼物", "李", "李四", "里程", "吕布",
	"绿", "努尔", "女", "欧阳小美", "朴树", "戚继光", "漆黑", "区寄", "神", "神木", "沈", "沈从文", "审", "审美", "慎", "台北", "臺北", "王", "王 五", "王五",
	"王五五", "尉迟恭", "小美", "小美👍",
	"鑫", "银行", "张三", "长孙无忌", "赵六", "重庆",
}

func TestNamesSortAsReadersExpect(t *testing.T) {
	t.Parallel()
	got := slices.Clone(sorted)
	rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
	collate.Sort(got)
	if !slices.Equal(got, sorted) {
		t.Errorf("\n%q, want\n%q", got, sorted)
	}
}

// TestSameNamesHaveSameKeys: how a letter is written down is no difference, and how wide it is comes last.
func TestSameNamesHaveSameKeys(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(collate.Key("\u00e9clat"), collate.Key("e\u0301clat")) {
		t.Error("a letter and its parts differ")
	}
	wide := []string{"Ａ", "A1", "ａ2"}
	if !slices.IsSortedFunc(wide, func(a, b string) int { return bytes.Compare(collate.Key(a), collate.Key(b)) }) {
		t.Errorf("%q do not sort so", wide)
	}
}

// TestKeysFitIntoAnIndex, and those that are cut sort as they would.
func TestKeysFitIntoAnIndex(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\ufdfa", 66) // each of these is eighteen letters
	a, b := collate.Key(long), collate.Key("x"+long)
	if len(a) != collate.MaxKey || len(b) != collate.MaxKey || bytes.Compare(b, a) >= 0 {
		t.Errorf("%d and %d bytes", len(a), len(b))
	}
	if n := len(collate.Key(strings.Repeat("龘", 50))); n > collate.MaxKey*2/3 {
		t.Errorf("the key of fifty Chinese characters takes %d bytes", n)
	}
}

func TestKeysAreMadeAtOnce(t *testing.T) {
	t.Parallel()
	want := collate.Key("欧阳小美")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				if !bytes.Equal(collate.Key("欧阳小美"), want) {
					t.Error("another key")
				}
			}
		})
	}
	all.Wait()
}
