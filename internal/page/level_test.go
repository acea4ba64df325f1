package page

import "testing"

// TestLevelThatPanickedIsNoEmptyLevel: those who wait for a level that could not be read do not go on as if it were
// empty.
func TestLevelThatPanickedIsNoEmptyLevel(t *testing.T) {
	level := NewLevel([]int{1})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		_, _ = Once(level, "x", func([]int) (int, error) { panic("broken") })
	}()
	if got, err := Once(level, "x", func([]int) (int, error) { return 1, nil }); err == nil {
		t.Errorf("a level that could not be read answers %d", got)
	}
}
