package awstest

import "strconv"

// page returns one page of all, and the marker of the next page, which is empty after the last one.
// The marker is a position. The default size is 400, which is also the maximum (PageSize).
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
