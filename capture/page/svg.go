package page

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// canvas is a picture that is being drawn, in pixels from the top left. Every text goes
// through html.EscapeString; numbers that are none are drawn at 0.
type canvas struct {
	b             strings.Builder
	width, height float64
}

// px writes a length with at most one decimal.
func px(x float64) string {
	if !finite(x) {
		return "0"
	}
	return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
}

// el adds an element; pairs are names and values of attributes: texts or numbers.
func (c *canvas) el(name string, pairs ...any) {
	c.begin(name, pairs...)
	c.b.WriteString("</" + name + ">")
}

func (c *canvas) begin(name string, pairs ...any) {
	c.b.WriteString("<" + name)
	for i := 0; i+1 < len(pairs); i += 2 {
		value := ""
		switch v := pairs[i+1].(type) {
		case float64:
			value = px(v)
		case int:
			value = strconv.Itoa(v)
		default:
			value = fmt.Sprint(v)
		}
		c.b.WriteString(" " + pairs[i].(string) + `="` + html.EscapeString(value) + `"`)
	}
	c.b.WriteString(">")
}

// group draws something with a class and a text that is shown when one points at it.
func (c *canvas) group(class, tip string, draw func()) {
	if class == "" {
		c.begin("g")
	} else {
		c.begin("g", "class", class)
	}
	if tip != "" {
		c.b.WriteString("<title>" + html.EscapeString(tip) + "</title>")
	}
	draw()
	c.b.WriteString("</g>")
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.el("line", "class", class, "x1", x1, "y1", y1, "x2", x2, "y2", y2)
}

func (c *canvas) rect(class string, x, y, w, h float64) {
	c.el("rect", "class", class, "x", x, "y", y, "width", max(0, w), "height", max(0, h))
}

func (c *canvas) circle(class string, x, y, r float64) {
	c.el("circle", "class", class, "cx", x, "cy", y, "r", r)
}

func (c *canvas) text(class string, x, y float64, text string) {
	c.begin("text", "class", class, "x", x, "y", y)
	c.b.WriteString(html.EscapeString(text) + "</text>")
}

// turned is text that runs upwards, centred.
func (c *canvas) turned(class string, x, y float64, text string) {
	c.begin("text", "class", class+" mid", "transform", "translate("+px(x)+" "+px(y)+") rotate(-90)")
	c.b.WriteString(html.EscapeString(text) + "</text>")
}

// path goes through points; closed fills what is between.
func (c *canvas) path(class string, points [][2]float64, closed bool) {
	if len(points) == 0 {
		return
	}
	var d strings.Builder
	for i, p := range points {
		d.WriteByte("ML"[min(i, 1)])
		d.WriteString(px(p[0]) + " " + px(p[1]))
	}
	if closed {
		d.WriteByte('Z')
	}
	c.el("path", "class", class, "d", d.String())
}

// svg is the picture with the title and the description that are read out.
func (c *canvas) svg(id, title, desc string) template.HTML {
	e := html.EscapeString
	return template.HTML(fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %[1]s %[2]s" role="img" aria-labelledby="%[3]s-title" aria-describedby="%[3]s-desc">`+
		`<title id="%[3]s-title">%[4]s</title><desc id="%[3]s-desc">%[5]s</desc>`, px(c.width), px(c.height), e(id), e(title), e(desc)) + c.b.String() + "</svg>")
}

// small is a picture beside its number, which says the same: it is not read out.
func (c *canvas) small(class string) template.HTML {
	return template.HTML(fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" class="%s" width="%s" height="%s" viewBox="0 0 %[2]s %[3]s" aria-hidden="true">`,
		html.EscapeString(class), px(c.width), px(c.height)) + c.b.String() + "</svg>")
}
