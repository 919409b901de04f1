package report

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"path/filepath"
	"strings"

	"github.com/dustin/go-humanize"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"approxtrain/data"
	"approxtrain/internal/atomicfile"
	"approxtrain/internal/fault"
)

// Measures of a contact sheet, in pixels of the picture.
const (
	sheetColumns = 16
	sheetCell    = 56 // images are enlarged by the whole number that comes nearest
	sheetGap     = 6
	sheetMargin  = 16
)

var (
	paper = color.Gray{250}
	black = color.Gray{20}
	grey  = color.Gray{120}
)

// ContactSheet writes a PNG file with a row of 16 images for each class, in the
// margin the name of the class and how many images it has. The seed picks the
// images; a class with fewer shows all it has. Images have 1 channel (grey) or 3
// (red, green, blue).
func ContactSheet(s *data.Split, classes []string, seed uint64, path string) error {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".png" {
		return fault.Usagef("contact sheet %s: unknown ending %q, expected .png", path, ext)
	}
	if s.C != 1 && s.C != 3 {
		return fault.Usagef("contact sheet %s: the images have %d channels, expected 1 or 3", path, s.C)
	}
	picture, err := drawSheet(s, classes, seed)
	if err != nil {
		return fmt.Errorf("contact sheet %s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, picture) })
}

func drawSheet(s *data.Split, classes []string, seed uint64) (image.Image, error) {
	name, err := face(16)
	if err != nil {
		return nil, err
	}
	small, err := face(11)
	if err != nil {
		return nil, err
	}
	byClass := make([][]int, len(classes))
	for _, i := range s.Order(seed, 0) {
		l := s.Labels[i]
		byClass[l] = append(byClass[l], i)
	}
	amount := func(l int) string {
		if n := len(byClass[l]); n != 1 {
			return humanize.Comma(int64(n)) + " images"
		}
		return "1 image"
	}
	margin := 0
	for l, c := range classes {
		margin = max(margin, font.MeasureString(name, c).Ceil(), font.MeasureString(small, amount(l)).Ceil())
	}
	side := max(s.H, s.W)
	scale := max(1, (sheetCell+side/2)/side)
	left := 2*sheetMargin + margin
	w, h := s.W*scale+sheetGap, s.H*scale+sheetGap
	out := image.NewRGBA(image.Rect(0, 0, left+sheetColumns*w-sheetGap+sheetMargin, 2*sheetMargin+len(classes)*h-sheetGap))
	draw.Draw(out, out.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	for l, c := range classes {
		top := sheetMargin + l*h
		middle := top + s.H*scale/2
		write(out, name, black, c, left-sheetMargin, middle+1)
		write(out, small, grey, amount(l), left-sheetMargin, middle+15)
		for k, i := range byClass[l][:min(sheetColumns, len(byClass[l]))] {
			enlarge(out, image.Pt(left+k*w, top), s, i, scale)
		}
	}
	return out, nil
}

// write puts text to the left of x, its baseline at y.
func write(out draw.Image, f font.Face, c color.Color, text string, x, y int) {
	d := font.Drawer{Dst: out, Src: image.NewUniform(c), Face: f}
	d.Dot = fixed.P(x-d.MeasureString(text).Ceil(), y)
	d.DrawString(text)
}

// enlarge draws image i with scale × scale squares for pixels.
func enlarge(out *image.RGBA, at image.Point, s *data.Split, i, scale int) {
	pixels := s.Image(i)
	for y := range s.H * scale {
		for x := range s.W * scale {
			p := pixels[(y/scale*s.W+x/scale)*s.C:]
			c := color.RGBA{p[0], p[0], p[0], 255}
			if s.C == 3 {
				c.G, c.B = p[1], p[2]
			}
			out.SetRGBA(at.X+x, at.Y+y, c)
		}
	}
}

func face(points float64) (font.Face, error) {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	return opentype.NewFace(f, &opentype.FaceOptions{Size: points, DPI: 72, Hinting: font.HintingFull})
}
