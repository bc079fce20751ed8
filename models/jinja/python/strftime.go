package python

import (
	"fmt"
	"strings"
	"time"
)

// Strftime is Python's datetime.strftime with English names. A directive that
// does not exist stays as it is written.
func Strftime(t time.Time, format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		flag := byte(0)
		if strings.IndexByte("-_0^#", format[i]) >= 0 && i+1 < len(format) {
			flag = format[i]
			i++
		}
		b.WriteString(directive(t, format[i], flag))
	}
	return b.String()
}

func directive(t time.Time, c, flag byte) string {
	number := func(n, width int, pad byte) string {
		switch flag {
		case '-':
			width = 0
		case '_':
			pad = ' '
		case '0':
			pad = '0'
		}
		s := fmt.Sprint(n)
		return strings.Repeat(string(pad), max(0, width-len(s))) + s
	}
	name := func(s string) string {
		if flag == '^' || (flag == '#' && c != 'p' && c != 'Z') {
			return strings.ToUpper(s)
		}
		if flag == '#' {
			return strings.ToLower(s)
		}
		return s
	}
	hour12 := (t.Hour()+11)%12 + 1
	week := func(first int) int { return (t.YearDay() + 6 - (int(t.Weekday())-first+7)%7) / 7 }
	isoYear, isoWeek := t.ISOWeek()
	switch c {
	case 'a':
		return name(t.Format("Mon"))
	case 'A':
		return name(t.Format("Monday"))
	case 'b', 'h':
		return name(t.Format("Jan"))
	case 'B':
		return name(t.Format("January"))
	case 'c':
		return Strftime(t, "%a %b %e %H:%M:%S %Y")
	case 'C':
		return number(t.Year()/100, 2, '0')
	case 'd':
		return number(t.Day(), 2, '0')
	case 'D', 'x':
		return Strftime(t, "%m/%d/%y")
	case 'e':
		return number(t.Day(), 2, ' ')
	case 'f':
		return fmt.Sprintf("%06d", t.Nanosecond()/1000)
	case 'F':
		return Strftime(t, "%Y-%m-%d")
	case 'g':
		return number(isoYear%100, 2, '0')
	case 'G':
		return number(isoYear, 4, '0')
	case 'H':
		return number(t.Hour(), 2, '0')
	case 'I':
		return number(hour12, 2, '0')
	case 'j':
		return number(t.YearDay(), 3, '0')
	case 'k':
		return number(t.Hour(), 2, ' ')
	case 'l':
		return number(hour12, 2, ' ')
	case 'm':
		return number(int(t.Month()), 2, '0')
	case 'M':
		return number(t.Minute(), 2, '0')
	case 'n':
		return "\n"
	case 'p':
		return name(t.Format("PM"))
	case 'P':
		return t.Format("pm")
	case 'r':
		return Strftime(t, "%I:%M:%S %p")
	case 'R':
		return Strftime(t, "%H:%M")
	case 's':
		return fmt.Sprint(t.Unix())
	case 'S':
		return number(t.Second(), 2, '0')
	case 't':
		return "\t"
	case 'T', 'X':
		return Strftime(t, "%H:%M:%S")
	case 'u':
		return fmt.Sprint((int(t.Weekday())+6)%7 + 1)
	case 'U':
		return number(week(0), 2, '0')
	case 'V':
		return number(isoWeek, 2, '0')
	case 'w':
		return fmt.Sprint(int(t.Weekday()))
	case 'W':
		return number(week(1), 2, '0')
	case 'y':
		return number(t.Year()%100, 2, '0')
	case 'Y':
		return fmt.Sprint(t.Year())
	case 'z', 'Z':
		return "" // Python's, for a time without a zone
	case '%':
		return "%"
	}
	if flag != 0 {
		return "%" + string(flag) + string(c)
	}
	return "%" + string(c)
}
