package fill

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"deputy/internal/civil"
	"deputy/internal/collate"
	"deputy/internal/id"
	"deputy/internal/search"
)

var (
	categories = []string{"美妆", "服饰", "美食", "家居", "母婴", "数码", "运动", "食品"}
	things     = []string{"口红", "精华", "防晒霜", "面膜", "睡衣", "卫衣", "跑鞋", "瑜伽垫", "坚果礼盒", "咖啡", "鲜花饼", "耳机", "牙刷", "空气炸锅", "充电宝"}
	kinds      = []string{"标准装", "家庭装", "限定款"}
)

// Product makes the name of a product up.
func Product(random *rand.Rand) string {
	return things[random.IntN(len(things))] + " " + kinds[random.IntN(len(kinds))]
}

// office makes what is in the modules: creators, tasks and who takes part, orders, and the figures of these by day.
func (f *filler) office(ctx context.Context) error {
	for _, make := range []func(context.Context) error{f.creators, f.tasks, f.orders, f.figures} {
		if err := make(ctx); err != nil {
			return err
		}
	}
	return nil
}

// shareOf returns the org's share of the commission of its ith creator, in basis points.
func shareOf(i int) int { return 1_000 + 100*(i%30) }

func (f *filler) creators(ctx context.Context) error {
	columns := []string{
		"id", "created_at", "updated_at", "grams", "name", "name_key", "platform_id", "category",
		"followers", "status", "contract_from", "contract_to", "share_bps", "org_id", "manager_id",
	}
	return f.copyIn(ctx, "creators", columns, func(put func(...any) error) error {
		from := int(civil.Of(First, time.UTC))
		for _, o := range f.orgs {
			for i := range f.Creators {
				made, name, platform := f.next(id.Creator), f.name()+"的小店", fmt.Sprintf("dy_%05d", i)
				o.creators, o.Platforms = append(o.creators, made), append(o.Platforms, platform)
				var until, manager any
				if i%3 == 0 {
					until = from + 365
				}
				if i%6 != 5 {
					manager = o.people[1+f.random.IntN(40)].id
				}
				at := First.Add(time.Duration(i) * time.Hour)
				err := put(made, at, at, search.Of(o.ID, name, platform).String(), name, collate.Key(name), platform,
					categories[i%len(categories)],
					f.random.IntN(5_000_000), "SIGNED", from+i, until, shareOf(i), o.ID, manager)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (f *filler) tasks(ctx context.Context) error {
	tasks := map[*org][]string{}
	columns := []string{
		"id", "created_at", "updated_at", "grams", "title", "brief", "reward", "status", "deadline",
		"org_id",
	}
	err := f.copyIn(ctx, "tasks", columns, func(put func(...any) error) error {
		for _, o := range f.orgs {
			for i := range f.Tasks {
				made, title := f.next(id.Task), fmt.Sprintf("%s第 %d 场直播", things[i%len(things)], i+1)
				tasks[o] = append(tasks[o], made)
				at := First.Add(time.Duration(i) * 24 * time.Hour)
				var deadline any
				if i%4 != 3 {
					deadline = at.Add(14 * 24 * time.Hour)
				}
				status := []string{"OPEN", "OPEN", "CLOSED"}[i%3]
				if err := put(made, at, at, search.Of(o.ID, title).String(), title, "按脚本讲解，不少于十分钟", 10_000*(1+i), status, deadline,
					o.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	columns = []string{"id", "created_at", "updated_at", "org_id", "status", "task_id", "creator_id"}
	return f.copyIn(ctx, "task_assignments", columns, func(put func(...any) error) error {
		for _, o := range f.orgs {
			for i, creator := range o.creators {
				for k := range min(tasksOf, f.Tasks) {
					if err := put(f.next(id.TaskAssignment), First, First, o.ID, "ACCEPTED", tasks[o][(i+3*k)%f.Tasks],
						creator); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

func (f *filler) orders(ctx context.Context) error {
	columns := []string{
		"id", "created_at", "updated_at", "grams", "number", "product_name", "amount", "commission",
		"status", "paid_at", "settled_at", "refund_amount", "net_commission", "org_share", "creator_share", "share_bps",
		"org_id", "creator_id",
	}
	return f.copyIn(ctx, "orders", columns, func(put func(...any) error) error {
		for _, o := range f.orgs {
			for i := range f.Orders {
				number := fmt.Sprintf("DY2025%010d", i)
				product := Product(f.random)
				amount := int64(1_000 + f.random.IntN(200_000))
				paid := First.Add(time.Duration(i) * 120 * 24 * time.Hour / time.Duration(f.Orders))
				status, settled := []string{"PAID", "SETTLED", "SETTLED", "REFUNDED"}[f.random.IntN(4)], any(nil)
				if status == "SETTLED" {
					settled = paid.Add(7 * 24 * time.Hour)
				}
				seller := f.random.IntN(len(o.creators))
				refunded, net, share := int64(0), amount/10, int64(shareOf(seller))
				if status == "REFUNDED" {
					refunded, net = amount, 0
				}
				err := put(f.next(id.Order), paid, paid, search.Of(o.ID, number, product).String(), number, product, amount,
					amount/10, status, paid, settled, refunded, net, net*share/10_000, net-net*share/10_000, share,
					o.ID, o.creators[seller])
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// figures adds the orders up, as their imports do.
func (f *filler) figures(ctx context.Context) error {
	const sums = `count(*), sum(amount), sum(commission), count(*) FILTER (WHERE status = 'REFUNDED'), sum(refund_amount),
sum(net_commission), sum(org_share)`
	const dated = `(SELECT o.*, (o.paid_at AT TIME ZONE g.time_zone)::date - date '1970-01-01' AS day FROM orders o JOIN orgs g ON g.id = o.org_id) AS dated`
	for _, statement := range []string{
		`INSERT INTO creator_days SELECT org_id, day, creator_id, 0, ` + sums + ` FROM ` + dated +
			` GROUP BY org_id, day, creator_id`,
		`INSERT INTO product_days SELECT org_id, coalesce(creator_id, ''), day, product_name, 0, ` + sums + ` FROM ` + dated +
			` GROUP BY GROUPING SETS ((org_id, day, product_name, creator_id), (org_id, day, product_name))`,
	} {
		if _, err := f.db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("make figures: %w", err)
		}
	}
	return nil
}
