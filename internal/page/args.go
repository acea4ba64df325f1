package page

import "deputy/internal/fault"

// The bounds of a page.
const (
	DefaultSize = 20
	MaxSize     = 100
	MaxOffset   = 10_000
)

// Args are a list's arguments as the client gave them.
type Args struct {
	First  *int
	After  *string
	Last   *int
	Before *string
	// Offset is the number of rows to skip before the page, for tables with page numbers.
	Offset *int
}

var (
	bothEnds = fault.Message{
		Zh: "first 和 last 不能同时使用，请只保留一个。",
		En: "first and last can't be used together. Keep only one of them.",
	}
	tooFew = fault.Message{
		Zh: "%s 必须在 1 到 %d 之间。",
		En: "%s must be between 1 and %d.",
	}
	offsetAlone = fault.Message{
		Zh: "offset 只能和 first 一起使用，不能和 last、after、before 同时使用。",
		En: "offset can be used only with first, and not with last, after or before.",
	}
	badOffset = fault.Message{
		Zh: "offset 必须在 0 到 %d 之间：再往后请使用游标 after，或缩小筛选范围。",
		En: "offset must be between 0 and %d. To go further, use the cursor in after, or narrow the filter.",
	}
	badCursor = fault.Message{
		Zh: "游标 %s 不属于这个列表或排序方式：请使用该列表返回的游标，或从头开始。",
		En: "The cursor in %s does not belong to this list or order. Use a cursor that this list returned, or start " +
			"from the beginning.",
	}
)

// Size returns the number of requested rows, and whether the page counts from the end. It returns LIMIT_EXCEEDED for
// more than MaxSize or MaxOffset, and BAD_REQUEST for other invalid or conflicting arguments.
func (a Args) Size() (n int, backwards bool, err error) {
	name, asked := "first", a.First
	switch {
	case a.Offset != nil && (a.Last != nil || a.After != nil || a.Before != nil):
		return 0, false, fault.New(fault.BadRequest, offsetAlone)
	case a.Offset != nil && *a.Offset > MaxOffset:
		return 0, false, fault.Limit("offset", MaxOffset, *a.Offset, badOffset, MaxOffset)
	case a.Offset != nil && *a.Offset < 0:
		return 0, false, fault.New(fault.BadRequest, badOffset, MaxOffset)
	case a.First != nil && a.Last != nil:
		return 0, false, fault.New(fault.BadRequest, bothEnds)
	case a.Last != nil:
		name, asked, backwards = "last", a.Last, true
	case a.First == nil:
		return DefaultSize, false, nil
	}
	if *asked > MaxSize {
		return 0, false, fault.Limit("page", MaxSize, *asked, tooFew, name, MaxSize)
	}
	if *asked < 1 {
		return 0, false, fault.New(fault.BadRequest, tooFew, name, MaxSize)
	}
	return *asked, backwards, nil
}
