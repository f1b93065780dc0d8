package replay

import (
	"embed"
	"errors"
	"html/template"
	"io"
	"sync"
)

// assets are the report's own files, and uPlot, which draws the charts: MIT licence, beside it and in every report.
//
//go:embed report
var assets embed.FS

// page is the report's template. It is parsed when a report is written, and not whenever a command starts.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page.html").Funcs(template.FuncMap{
		"duration": func(us int64) string { return duration(float64(us)) }, "float": duration, "digits": digits, "percent": percent,
		"mebibytes": func(n int64) string { return mebibytes(float64(n)) }, "counts": counts, "dash": orDash,
		"mean": func(a Answers) string { return a.mean() }, "note": func(r *Result) string { return r.note() },
	}).ParseFS(assets, "report/page.html"))
})

// WriteReport writes one HTML page that needs nothing but itself: no request leaves the browser that shows it. With several
// results it shows them over one another.
func WriteReport(w io.Writer, results []*Result) error {
	if len(results) == 0 {
		return errors.New("replay: no result to report")
	}
	read := func(name string) string {
		b, err := assets.ReadFile("report/" + name)
		if err != nil {
			panic("unreachable: the file is embedded")
		}
		return string(b)
	}
	return page().Execute(w, map[string]any{
		"Results": results,
		"Data":    chartData(results),
		"CSS":     template.CSS(read("uplot/uPlot.min.css") + read("report.css")),
		"JS":      template.JS(read("uplot/uPlot.iife.min.js") + "\n" + read("report.js")),
		"Licence": read("uplot/LICENSE"),
	})
}

// chart is what the page's script draws of a result.
type chart struct {
	Name      string     `json:"name"`
	Open      bool       `json:"open"`
	Latency   []Point    `json:"latency"`
	Service   []Point    `json:"service"`
	Intervals []Interval `json:"intervals"`
	Watched   bool       `json:"watched"` // there was a process
}

func chartData(results []*Result) []chart {
	var all []chart
	for _, r := range results {
		all = append(all, chart{r.Name, r.Plan.Loop == "open", r.Latency.Curve, r.Service.Curve, r.Intervals, r.Process != nil})
	}
	return all
}
