package orderfile

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"deputy/ent/creator"
	"deputy/internal/backoffice"
	"deputy/internal/civil"
)

// creatorLayout is the layout of files of creators.
var creatorLayout = &layout{
	noun: "creators",
	headings: map[field][]string{
		platformID: {
			"平台id", "platformid", "达人平台id", "creatorplatformid", "达人id", "creatorid", "抖音号", "抖音/火山号",
		},
		name:         {"达人", "name", "姓名", "名称", "昵称", "达人昵称", "达人名称", "creator", "creatorname"},
		category:     {"类目", "category", "分类", "达人类目", "带货类目"},
		followers:    {"粉丝数", "followers", "粉丝", "粉丝量"},
		status:       {"状态", "status", "签约状态", "合作状态"},
		contractFrom: {"合同开始", "contractfrom", "签约日期", "合同开始日期", "合同开始时间"},
		contractTo:   {"合同结束", "contractto", "到期日期", "合同结束日期", "合同到期日", "合同结束时间"},
		share:        {"机构分成", "sharebps", "分成比例", "机构分成比例", "shareoftheorg"},
	},
	fields:   []field{platformID, name, category, followers, status, contractFrom, contractTo, share},
	required: []field{platformID, name},
	numbers:  []field{platformID},
	lines: []string{
		"platformId", "name", "category", "followers", "status", "contractFrom", "contractTo", "shareBps",
	},
}

// creatorStatuses are the statuses by their names in files, in lower case.
var creatorStatuses = map[string]creator.Status{
	"signed": creator.StatusSIGNED,
	"签约中":    creator.StatusSIGNED,
	"已签约":    creator.StatusSIGNED,
	"合作中":    creator.StatusSIGNED,
	"ended":  creator.StatusENDED,
	"已结束":    creator.StatusENDED,
	"已解约":    creator.StatusENDED,
}

// The reasons for which a row of creators is refused, for people.
const (
	badCreatorStatus = "状态为 签约中 或 已结束 / the status must be SIGNED or ENDED"
	badFollowers     = "请填写整数 / enter a whole number"
	badShare         = "请填写如 25% 的比例 / enter a share such as 25%"
	badDay           = "请填写如 2026-03-01 的日期 / enter a date such as 2026-03-01"
)

// creator reads one cell of a row of creators. An empty optional cell changes nothing. wrong is the error for people,
// or "".
func (r *reader) creator(into *backoffice.CreatorRow, c column, cell string) (wrong string) {
	text := unpack(cell)
	say := func(why string) string { return "“" + text + "”: " + why }
	switch c.field {
	case platformID:
		if text = withoutApostrophe(text); backoffice.Rewritten(text) {
			return say(spoilt)
		}
		into.PlatformID = text
		return ""
	case name:
		if strings.HasPrefix(text, "#") && backoffice.Rewritten(text) {
			return say(spoilt)
		}
		into.Name = text
		return ""
	}
	if isEmpty(text) {
		return ""
	}
	switch c.field {
	case category:
		into.Category = &text
	case followers:
		n, ok := r.whole(text)
		if !ok {
			return say(badFollowers)
		}
		into.Followers = &n
	case status:
		known, ok := creatorStatuses[strings.ToLower(norm.NFKC.String(text))]
		if !ok {
			return say(badCreatorStatus)
		}
		into.Status = &known
	case share:
		bps, ok := r.share(c, text)
		if !ok {
			return say(badShare)
		}
		into.ShareBps = &bps
	case contractFrom, contractTo:
		d, why := r.day(text)
		if why != "" {
			return say(why)
		}
		if c.field == contractFrom {
			into.ContractFrom = new(&d)
		} else {
			into.ContractTo = new(&d)
		}
	}
	return ""
}

// whole reads a whole number, with or without thousands separators.
func (r *reader) whole(text string) (int64, bool) {
	text = norm.NFKC.String(text)
	if !wholeNumber.MatchString(text) {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
	return n, err == nil
}

// share reads a share: with a percent sign, or, under the name of the API, in basis points. A bare number under another
// heading is refused: it may be a percentage, or a fraction, as spreadsheets store percentages.
func (r *reader) share(c column, text string) (bps int, ok bool) {
	text = norm.NFKC.String(text)
	if c.minor {
		n, err := strconv.Atoi(text)
		return n, err == nil
	}
	m := percentage.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	return digits(m[1])*100 + digits((m[2] + "00")[:2]), true
}

var (
	wholeNumber = regexp.MustCompile(`^(?:[0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})$`)
	percentage  = regexp.MustCompile(`^([0-9]{1,5})(?:\.([0-9]{1,2}))? ?%$`)
)

// day reads a day, or the day of a time in the org's time zone.
func (r *reader) day(text string) (civil.Day, string) {
	if d, err := civil.Parse(text); err == nil {
		return d, ""
	}
	at, why := r.moment(text)
	switch why {
	case "":
		return civil.Of(at, r.zone), ""
	case badMoment:
		why = badDay
	}
	return 0, why
}
