package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"time"

	"deputy/ent/order"
	"deputy/internal/backoffice"
)

// The words that names of people are made of.
var (
	familyNames = []string{
		"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "罗",
		"高",
	}
	givenNames = []string{"小美", "一诺", "梓涵", "子墨", "雨欣", "思琪", "晓彤", "佳怡", "浩宇", "可可", "安然", "楚楚", "沐阳", "星辰", "知夏", "南枝"}
)

// good is something that creators sell: its price in fen, and what of it is commission in percent.
type good struct {
	name    string
	price   int64
	percent int64
	// from and to are the first and the last month that it is sold in; 0 for all the year.
	from, to time.Month
}

// sold reports whether it is sold in a month.
func (g good) sold(in time.Month) bool {
	if g.from <= g.to {
		return g.from == 0 || g.from <= in && in <= g.to
	}
	return in >= g.from || in <= g.to
}

// line is what creators of a category sell.
type line struct {
	category string
	// channels are what they call themselves behind a name.
	channels []string
	// refunds are how many of a hundred orders of a live room come back.
	refunds int
	goods   []good
}

var lines = []line{
	{"美妆", []string{"的美妆日记", "护肤课", "化妆间"}, 18, []good{
		{name: "哑光口红 3 号", price: 12900, percent: 20},
		{name: "保湿精华 30ml", price: 29900, percent: 25},
		{name: "防晒霜 SPF50", price: 15900, percent: 18, from: time.March, to: time.September},
		{name: "卸妆水 500ml", price: 8900, percent: 15},
		{name: "面膜 10 片装", price: 9900, percent: 30},
		{name: "气垫粉底液", price: 18900, percent: 22},
	}},
	{"服饰", []string{"穿搭笔记", "的衣橱", "选衣"}, 46, []good{
		{name: "纯棉 T 恤", price: 7900, percent: 12, from: time.March, to: time.September},
		{name: "真丝睡衣套装", price: 39900, percent: 15},
		{name: "加绒卫衣", price: 16900, percent: 12, from: time.September, to: time.February},
		{name: "高腰牛仔裤", price: 15900, percent: 15},
		{name: "针织连衣裙", price: 22900, percent: 18},
		{name: "羊绒围巾", price: 25900, percent: 15, from: time.October, to: time.February},
	}},
	{"美食", []string{"厨房", "爱吃", "食记"}, 6, []good{
		{name: "坚果礼盒 1kg", price: 12800, percent: 10},
		{name: "咖啡挂耳 20 包", price: 6900, percent: 15},
		{name: "螺蛳粉 6 袋", price: 5990, percent: 12},
		{name: "云南鲜花饼", price: 3990, percent: 15},
		{name: "阳澄湖大闸蟹 8 只", price: 29800, percent: 8, from: time.September, to: time.December},
		{name: "海南贵妃芒 5 斤", price: 5980, percent: 10, from: time.April, to: time.August},
	}},
	{"家居", []string{"的小家", "好物铺", "爱收纳"}, 14, []good{
		{name: "四件套 1.8m", price: 25900, percent: 12},
		{name: "空气炸锅 5L", price: 29900, percent: 8},
		{name: "扫地机器人", price: 189900, percent: 5},
		{name: "抽屉收纳箱 3 个", price: 6900, percent: 15},
		{name: "乳胶枕", price: 15900, percent: 15},
	}},
	{"母婴", []string{"育儿记", "妈妈说", "亲子课"}, 11, []good{
		{name: "儿童保温杯", price: 8900, percent: 15},
		{name: "婴儿湿巾 80 抽 5 包", price: 4990, percent: 12},
		{name: "绘本 10 册", price: 9800, percent: 20},
		{name: "积木 500 粒", price: 15900, percent: 10},
		{name: "护脊书包", price: 26900, percent: 15},
	}},
	{"数码", []string{"数码说", "玩机", "开箱"}, 9, []good{
		{name: "蓝牙耳机", price: 19900, percent: 6},
		{name: "充电宝 20000mAh", price: 12900, percent: 8},
		{name: "电动牙刷", price: 16900, percent: 10},
		{name: "磁吸手机壳", price: 5900, percent: 20},
	}},
	{"运动", []string{"健身房", "跑步记", "瑜伽课"}, 21, []good{
		{name: "运动跑鞋", price: 45900, percent: 8},
		{name: "瑜伽垫 8mm", price: 9900, percent: 15},
		{name: "筋膜枪", price: 29900, percent: 10},
		{name: "速干运动套装", price: 18900, percent: 15},
	}},
}

// trades are the lines of creators one after the other, as places in lines: most sell cosmetics, clothes and food.
var trades = []int{0, 1, 2, 0, 3, 1, 4, 2, 5, 6}

// weight of the days of the week, from Sunday on: people buy at the end of it.
var weekdays = [7]float64{1.35, 0.8, 0.82, 0.9, 1.0, 1.2, 1.4}

// hours are when people buy: in the evening.
var hours = []int{9, 10, 11, 12, 13, 15, 17, 19, 20, 20, 21, 21, 21, 22, 22, 23}

// season returns how much more people buy on a day than on others: at the sales of the platforms, most of all on 双十一
// and 618.
func season(month time.Month, day int) float64 {
	switch {
	case month == time.November && day == 11:
		return 11
	case month == time.November && day == 10:
		return 5
	case month == time.June && day == 18:
		return 8
	case month == time.June && day == 17:
		return 3.5
	case month == time.December && day == 12:
		return 3
	case month == time.March && day == 8:
		return 2.2
	case month == time.May && day == 20, month == time.September && day == 9:
		return 1.6
	case month == time.November && day < 13, month == time.June && day < 21:
		return 1.5
	case month == time.January && day > 24, month == time.February && day < 12: // couriers are at home
		return 0.6
	}
	return 1
}

// seller is a creator as orders need it.
type seller struct {
	platformID string
	line       *line
	// from and to are when the contract began, and when it ended; zero for one that runs.
	from, to time.Time
}

func (s *seller) sells(at time.Time) bool {
	return !at.Before(s.from) && (s.to.IsZero() || at.Before(s.to))
}

// maker makes demo data, the same every time from one seed and moment.
type maker struct {
	*rand.Rand
	// refunds is for what comes of refunds, apart from the rest.
	refunds *rand.Rand
	now     time.Time
	// zone of the org.
	zone *time.Location
	// days are as many as orders are from, the first one first; until is what the days weigh up to the end of each.
	days  []time.Time
	until []float64
}

const seed = 20260301

// newMaker returns a maker of orders of so many days. The agency sells twice as much at their end as at their
// beginning.
func newMaker(now time.Time, days int) *maker {
	m := &maker{
		Rand:    rand.New(rand.NewPCG(seed, seed)),   //nolint:gosec // it makes up data
		refunds: rand.New(rand.NewPCG(seed, seed+1)), //nolint:gosec // it makes up data
		now:     now, zone: time.FixedZone("", 8*60*60),
	}
	year, month, today := now.In(m.zone).Date()
	sum := 0.0
	for ago := days - 1; ago >= 0; ago-- {
		day := time.Date(year, month, today-ago, 0, 0, 0, 0, m.zone)
		sum += weekdays[day.Weekday()] * season(day.Month(), day.Day()) * (2 - float64(ago)/float64(days))
		m.days, m.until = append(m.days, day), append(m.until, sum)
	}
	return m
}

func pick[T any](m *maker, from []T) T { return from[m.IntN(len(from))] }

// creatorName returns a name that no other creator of the org has.
func (m *maker) creatorName(of *line, taken map[string]bool) string {
	for {
		name := pick(m, familyNames) + pick(m, givenNames)
		if m.IntN(2) == 0 {
			name = pick(m, givenNames) + pick(m, of.channels)
		}
		if !taken[name] {
			taken[name] = true
			return name
		}
	}
}

// followers are few for most, and many for some.
func (m *maker) followers() int64 { return int64(math.Exp(8.5 + 4.5*m.Float64())) }

// moment returns when something was bought.
func (m *maker) moment() time.Time {
	for {
		day := m.days[sort.SearchFloat64s(m.until, m.Float64()*m.until[len(m.until)-1])]
		at := day.Add(time.Duration(pick(m, hours))*time.Hour + time.Duration(m.IntN(3600))*time.Second)
		if day.Month() == time.November && day.Day() == 10 {
			// the sale begins at eight in the evening
			at = day.Add(time.Duration(20+m.IntN(4))*time.Hour + time.Duration(m.IntN(3600))*time.Second)
		}
		if at.Before(m.now) {
			return at.UTC()
		}
	}
}

// seller returns who sold at a moment. The first sell most.
func (m *maker) seller(at time.Time, from []seller) *seller {
	for range 20 {
		if one := &from[int(float64(len(from))*m.Float64()*m.Float64())]; one.sells(at) {
			return one
		}
	}
	return &from[0] // who was there from the beginning
}

// good returns what somebody sold in a month.
func (m *maker) good(of *line, in time.Month) good {
	for {
		if g := pick(m, of.goods); g.sold(in) {
			return g
		}
	}
}

// paid returns the nth order, of one of the sellers, as it was paid.
func (m *maker) paid(n int, sellers []seller) (backoffice.OrderRow, *seller) {
	at := m.moment()
	by := m.seller(at, sellers)
	local := at.In(m.zone)
	g := m.good(by.line, local.Month())
	count := int64(1 + m.IntN(3)*m.IntN(2))
	return backoffice.OrderRow{
		Number: fmt.Sprintf("DY%s%06d", local.Format("060102"), n), CreatorPlatformID: by.platformID,
		ProductName: g.name, Amount: g.price * count, Commission: g.price * count * g.percent / 100, Status: order.StatusPAID,
		PaidAt: at,
	}, by
}

const (
	// settling is how long after it was paid a platform settles an order, in days.
	settling = 15
	// returning is how long it takes until all that comes back has come back, in days.
	returning = 7
	// lowered says of how many orders that are kept one is refunded in part, as its price went down.
	lowered = 30
)

// follow says what had become of an order at a moment.
func (m *maker) follow(row *backoffice.OrderRow, of *line, then time.Time) {
	if settled := row.PaidAt.AddDate(0, 0, settling); settled.Before(then) {
		row.Status, row.SettledAt = order.StatusSETTLED, &settled
	}
	refunds := float64(of.refunds) / 100 * min(1, then.Sub(row.PaidAt).Hours()/24/returning)
	switch {
	case m.Float64() < refunds:
		row.Status = order.StatusREFUNDED
		if m.IntN(12) > 0 { // few come back after they were settled
			row.SettledAt = nil
		}
	case m.refunds.IntN(lowered) == 0:
		row.RefundAmount = new(row.Amount * int64(1+m.refunds.IntN(4)) / 10)
	default:
		return
	}
	since, days := row.PaidAt, returning
	if row.Status == order.StatusREFUNDED && row.SettledAt != nil {
		since, days = *row.SettledAt, settling
	}
	took := min(then.Sub(since), time.Duration(days)*24*time.Hour)
	row.RefundedAt = new(since.Add(time.Duration(m.refunds.Float64() * float64(took))).Truncate(time.Second))
	if row.RefundedAt.Before(since) {
		row.RefundedAt = &since
	}
}

// order returns the nth order as it is now.
func (m *maker) order(n int, sellers []seller) backoffice.OrderRow {
	row, by := m.paid(n, sellers)
	m.follow(&row, by.line, m.now)
	return row
}

// orders returns so many orders as they are now.
func (m *maker) orders(count int, sellers []seller) []backoffice.OrderRow {
	rows := make([]backoffice.OrderRow, count)
	for n := range rows {
		rows[n] = m.order(n+1, sellers)
	}
	return rows
}
