package awstest

import "strconv"

// page cuts one page out of all: marker is the position where it starts, next the marker of the
// page after it or empty. Without a size a page holds 400, which is also the most that can be asked
// for (PageSize).
func page[T any](all []T, marker string, size *int32) (part []T, next string, err error) {
	start := 0
	if marker != "" {
		if start, err = strconv.Atoi(marker); err != nil || start < 0 || start > len(all) {
			return nil, "", invalid("Invalid marker: '%s'", marker)
		}
	}
	end := min(start+int(or(size, 400)), len(all))
	if end < len(all) {
		next = strconv.Itoa(end)
	}
	return all[start:end], next, nil
}
