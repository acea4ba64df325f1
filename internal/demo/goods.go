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

// The parts of people's names.
var (
	familyNames = []string{
		"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "罗",
		"高",
	}
	givenNames = []string{"小美", "一诺", "梓涵", "子墨", "雨欣", "思琪", "晓彤", "佳怡", "浩宇", "可可", "安然", "楚楚", "沐阳", "星辰", "知夏", "南枝"}
)

// good is a product: its price in fen, and its commission in percent.
type good struct {
	name    string
	price   int64
	percent int64
	// from and to are the first and the last month in which it is sold; 0 for the whole year.
	from, to time.Month
}

// sold reports whether it is sold in a month.
func (g good) sold(in time.Month) bool {
	if g.from <= g.to {
		return g.from == 0 || g.from <= in && in <= g.to
	}
	return in >= g.from || in <= g.to
}

// line is a category of creators and what they sell.
type line struct {
	category string
	// channels are suffixes of the creators' names.
	channels []string
	// refunds is the percentage of orders from live rooms that are refunded.
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

// trades are the lines of successive creators, as indices of lines: most sell cosmetics, clothes and food.
var trades = []int{0, 1, 2, 0, 3, 1, 4, 2, 5, 6}

// weekdays are the weights of the days of the week, from Sunday on: most sales are at the weekend.
var weekdays = [7]float64{1.35, 0.8, 0.82, 0.9, 1.0, 1.2, 1.4}

// hours are the hours of sales: mostly the evening.
var hours = []int{9, 10, 11, 12, 13, 15, 17, 19, 20, 20, 21, 21, 21, 22, 22, 23}

// season returns the factor of a day's sales: they are highest at the sales of the platforms, above all 双十一 and 618.
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
	case month == time.January && day > 24, month == time.February && day < 12: // no deliveries around the Spring Festival
		return 0.6
	}
	return 1
}

// seller is a creator with what orders need.
type seller struct {
	platformID string
	line       *line
	// from and to are the start and the end of the contract; zero if it has not ended.
	from, to time.Time
}

func (s *seller) sells(at time.Time) bool {
	return !at.Before(s.from) && (s.to.IsZero() || at.Before(s.to))
}

// maker generates demo data, always the same for the same seed and time.
type maker struct {
	*rand.Rand
	// refunds is a separate random source for refunds.
	refunds *rand.Rand
	now     time.Time
	// zone of the org.
	zone *time.Location
	// days are the days of orders, oldest first; until has the cumulative weights of the days.
	days  []time.Time
	until []float64
}

const seed = 20260301

// newMaker returns a maker of orders on so many days. Sales double from the first day to the last.
func newMaker(now time.Time, days int) *maker {
	m := &maker{
		Rand:    rand.New(rand.NewPCG(seed, seed)),   //nolint:gosec // generates demo data
		refunds: rand.New(rand.NewPCG(seed, seed+1)), //nolint:gosec // generates demo data
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

// followers returns a number of followers: small for most creators, and large for some.
func (m *maker) followers() int64 { return int64(math.Exp(8.5 + 4.5*m.Float64())) }

// moment returns the time of an order.
func (m *maker) moment() time.Time {
	for {
		day := m.days[sort.SearchFloat64s(m.until, m.Float64()*m.until[len(m.until)-1])]
		at := day.Add(time.Duration(pick(m, hours))*time.Hour + time.Duration(m.IntN(3600))*time.Second)
		if day.Month() == time.November && day.Day() == 10 {
			// The sale begins at eight in the evening.
			at = day.Add(time.Duration(20+m.IntN(4))*time.Hour + time.Duration(m.IntN(3600))*time.Second)
		}
		if at.Before(m.now) {
			return at.UTC()
		}
	}
}

// seller returns the seller of an order at a time. The first sellers sell most.
func (m *maker) seller(at time.Time, from []seller) *seller {
	for range 20 {
		if one := &from[int(float64(len(from))*m.Float64()*m.Float64())]; one.sells(at) {
			return one
		}
	}
	return &from[0] // its contract covers all days
}

// good returns a product that is sold in a month.
func (m *maker) good(of *line, in time.Month) good {
	for {
		if g := pick(m, of.goods); g.sold(in) {
			return g
		}
	}
}

// paid returns the nth order, of one of the sellers, with the status PAID.
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
	// settling is how many days after the payment a platform settles an order.
	settling = 15
	// returning is how many days after the payment all refunds are complete.
	returning = 7
	// lowered is the interval of orders with a partial refund after a price reduction: one of so many.
	lowered = 30
)

// follow sets the status and the refunds of an order at a time.
func (m *maker) follow(row *backoffice.OrderRow, of *line, then time.Time) {
	if settled := row.PaidAt.AddDate(0, 0, settling); settled.Before(then) {
		row.Status, row.SettledAt = order.StatusSETTLED, &settled
	}
	refunds := float64(of.refunds) / 100 * min(1, then.Sub(row.PaidAt).Hours()/24/returning)
	switch {
	case m.Float64() < refunds:
		row.Status = order.StatusREFUNDED
		if m.IntN(12) > 0 { // few are returned after they were settled
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

// order returns the nth order in its current state.
func (m *maker) order(n int, sellers []seller) backoffice.OrderRow {
	row, by := m.paid(n, sellers)
	m.follow(&row, by.line, m.now)
	return row
}

// orders returns so many orders in their current state.
func (m *maker) orders(count int, sellers []seller) []backoffice.OrderRow {
	rows := make([]backoffice.OrderRow, count)
	for n := range rows {
		rows[n] = m.order(n+1, sellers)
	}
	return rows
}
