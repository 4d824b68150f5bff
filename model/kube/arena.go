package kube

import "strings"

// arena hands out short lists from blocks, so that thousands of small load balancers do not cost
// tens of thousands of allocations. A block lives as long as any list of it.
type arena[T any] struct {
	free []T
	size int // of the last block
}

// The sizes of blocks grow from the first to the largest.
const (
	firstBlock   = 4
	largestBlock = 256
)

// reserve makes room for the n values that are likely to come, in one block.
func (a *arena[T]) reserve(n int) {
	if n > len(a.free) {
		a.free = make([]T, n)
	}
}

// take is a list of n zero values that cannot grow into its neighbour.
func (a *arena[T]) take(n int) []T {
	if len(a.free) < n {
		a.size = min(max(2*a.size, firstBlock), largestBlock)
		a.free = make([]T, max(a.size, n))
	}
	s := a.free[:n:n]
	a.free = a.free[n:]
	return s
}

// one is a list of one value.
func (a *arena[T]) one(v T) []T {
	s := a.take(1)
	s[0] = v
	return s
}

// text joins strings in blocks.
type text struct {
	block strings.Builder
	size  int
}

// largestText is the largest block of text, in bytes.
const largestText = 1 << 14

// room makes sure that the next n bytes go into one block.
func (t *text) room(n int) {
	if t.block.Cap()-t.block.Len() >= n {
		return
	}
	t.size = min(max(2*t.size, 64), largestText)
	t.block = strings.Builder{}
	t.block.Grow(max(t.size, n))
}

func (t *text) join(parts ...string) string {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	t.room(n)
	begin := t.block.Len()
	for _, p := range parts {
		t.block.WriteString(p)
	}
	return t.block.String()[begin:]
}
