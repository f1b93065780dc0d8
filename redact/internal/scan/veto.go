package scan

// isDate reports whether the groups of r are a date, with or without a time: 2026-11-23, 05.10.1986, 23/11/2026 10:15.
func isDate(r *run) bool {
	if r.groups < 3 {
		return false
	}
	var g [3]int
	var size [3]int
	for k, i := 0, 0; i < r.n && k < 3; i++ {
		g[k] = g[k]*10 + int(r.d[i]-'0')
		size[k]++
		if r.last[i] {
			k++
		}
	}
	return size[0] == 4 && size[1] == 2 && size[2] == 2 && monthDay(g[1], g[2]) && g[0] >= 1900 && g[0] < 2100 ||
		size[2] == 4 && size[0] <= 2 && size[1] <= 2 && (monthDay(g[1], g[0]) || monthDay(g[0], g[1])) && g[2] >= 1900 && g[2] < 2100
}

func monthDay(month, day int) bool { return month >= 1 && month <= 12 && day >= 1 && day <= 31 }
