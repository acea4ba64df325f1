package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"deputy/ent/order"
	"deputy/internal/backoffice"
)

// The words that demo data is made of.
var (
	familyNames = []string{"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "罗", "高"}
	givenNames  = []string{"小美", "一诺", "梓涵", "子墨", "雨欣", "思琪", "晓彤", "佳怡", "浩宇", "可可", "安然", "楚楚", "沐阳", "星辰", "知夏", "南枝"}
	channels    = []string{"的美妆日记", "好物铺", "爱生活", "穿搭笔记", "厨房", "带你逛", "育儿记", "健身房", "数码说", "小课堂"}
	categories  = []string{"美妆", "服饰", "美食", "家居", "母婴", "数码", "运动", "食品"}
)

// good is something that creators sell: its price in fen, and what of it is commission in percent.
type good struct {
	name    string
	price   int64
	percent int64
}

var goods = []good{
	{"哑光口红 3 号", 12900, 20},
	{"保湿精华 30ml", 29900, 25},
	{"防晒霜 SPF50", 15900, 18},
	{"卸妆水 500ml", 8900, 15},
	{"面膜 10 片装", 9900, 30},
	{"纯棉 T 恤", 7900, 12},
	{"真丝睡衣套装", 39900, 15},
	{"加绒卫衣", 16900, 12},
	{"运动跑鞋", 45900, 8},
	{"瑜伽垫 8mm", 9900, 15},
	{"坚果礼盒 1kg", 12800, 10},
	{"咖啡挂耳 20 包", 6900, 15},
	{"螺蛳粉 6 袋", 5990, 12},
	{"云南鲜花饼", 3990, 15},
	{"阳澄湖大闸蟹 8 只", 29800, 8},
	{"蓝牙耳机", 19900, 6},
	{"电动牙刷", 16900, 10},
	{"空气炸锅 5L", 29900, 8},
	{"扫地机器人", 189900, 5},
	{"充电宝 20000mAh", 12900, 8},
	{"儿童保温杯", 8900, 15},
	{"婴儿湿巾 80 抽 5 包", 4990, 12},
	{"绘本 10 册", 9800, 20},
	{"积木 500 粒", 15900, 10},
	{"四件套 1.8m", 25900, 12},
}

// weight of the days of the week, from Sunday on: people buy at the end of it.
var weekdays = [7]float64{1.35, 0.8, 0.82, 0.9, 1.0, 1.2, 1.4}

// maker makes demo data, the same every time from one seed and moment.
type maker struct {
	*rand.Rand
	now time.Time
	// zone of the org.
	zone *time.Location
}

const seed = 20260301

func newMaker(now time.Time) *maker {
	return &maker{rand.New(rand.NewPCG(seed, seed)), now, time.FixedZone("", 8*60*60)} //nolint:gosec // it makes up data
}

func pick[T any](m *maker, from []T) T { return from[m.IntN(len(from))] }

// creatorName answers a name that no other creator of the org has.
func (m *maker) creatorName(taken map[string]bool) string {
	for {
		name := pick(m, familyNames) + pick(m, givenNames)
		if m.IntN(3) == 0 {
			name = pick(m, givenNames) + pick(m, channels)
		}
		if !taken[name] {
			taken[name] = true
			return name
		}
	}
}

// followers are few for most, and many for some.
func (m *maker) followers() int64 { return int64(math.Exp(8.5 + 4.5*m.Float64())) }

// moment answers when something was bought within the last days: more at the end of the week, and in the evening.
func (m *maker) moment(days int) time.Time {
	for {
		ago := m.IntN(days)
		day := m.now.In(m.zone).AddDate(0, 0, -ago)
		if m.Float64()*1.4 > weekdays[day.Weekday()] {
			continue
		}
		hour := []int{9, 10, 11, 12, 13, 15, 17, 19, 20, 20, 21, 21, 21, 22, 22, 23}[m.IntN(16)]
		at := time.Date(day.Year(), day.Month(), day.Day(), hour, m.IntN(60), m.IntN(60), 0, m.zone).UTC()
		if at.Before(m.now) {
			return at
		}
	}
}

// order answers the nth order, of one of the creators by their ids on the platform. The first of them sell most.
func (m *maker) order(n int, platformIDs []string) backoffice.OrderRow {
	g := pick(m, goods)
	count := int64(1 + m.IntN(3)*m.IntN(2))
	at := m.moment(90)
	row := backoffice.OrderRow{
		Number:            fmt.Sprintf("DY%s%06d", at.In(m.zone).Format("060102"), n),
		CreatorPlatformID: platformIDs[int(float64(len(platformIDs))*m.Float64()*m.Float64())],
		ProductName:       g.name, Amount: g.price * count, Commission: g.price * count * g.percent / 100,
		Status: order.StatusPAID, PaidAt: at,
	}
	settled := at.AddDate(0, 0, 15)
	if settled.Before(m.now) {
		row.Status, row.SettledAt = order.StatusSETTLED, &settled
	}
	if m.IntN(25) == 0 {
		row.Status = order.StatusREFUNDED
		if m.IntN(4) > 0 {
			row.SettledAt = nil
		}
	}
	return row
}

// orders answers so many orders.
func (m *maker) orders(count int, platformIDs []string) []backoffice.OrderRow {
	rows := make([]backoffice.OrderRow, count)
	for n := range rows {
		rows[n] = m.order(n+1, platformIDs)
	}
	return rows
}
