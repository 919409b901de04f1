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

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// Measures of a contact sheet, in pixels of the picture.
const (
	sheetColumns = 16
	sheetCell    = 56 // images are enlarged by the whole number that comes nearest
	sheetGap     = 6
	sheetMargin  = 16
	mostPixels   = 100_000_000 // 400 MB
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
	return writeSheet(s, path, func() (rows []sheetRow) {
		for l, members := range byClass(s, len(classes), seed) {
			r := sheetRow{name: classes[l], note: humanize.Comma(int64(len(members))) + " images"}
			if len(members) == 1 {
				r.note = "1 image"
			}
			for _, i := range members[:min(sheetColumns, len(members))] {
				r.images = append(r.images, s.Image(i))
			}
			rows = append(rows, r)
		}
		return rows
	})
}

// AugmentedSheet writes a PNG file with a row for each class: an image of the split,
// then the same image in the first 15 epochs of an augmentation. The seed picks the
// images and is that of the augmentation; p's own and its Normalize do not count. In
// the margin are the name of the class and the index of the image. Images are as for
// ContactSheet.
func AugmentedSheet(s *data.Split, classes []string, p data.Preparation, seed uint64, path string) error {
	a := data.Augment{Examples: s, Seed: seed, Crop: p.Crop, Flip: p.Flip}
	return writeSheet(s, path, func() (rows []sheetRow) {
		for l, members := range byClass(s, len(classes), seed) {
			r := sheetRow{name: classes[l], note: "no image"}
			if len(members) > 0 {
				i := members[0]
				r.note, r.images = "image "+humanize.Comma(int64(i)), [][]uint8{s.Image(i)}
				for epoch := range uint64(sheetColumns - 1) {
					r.images = append(r.images, shown(a, epoch, i))
				}
			}
			rows = append(rows, r)
		}
		return rows
	})
}

// shown returns the bytes of an image as it is in an epoch.
func shown(e data.Examples, epoch uint64, i int) []uint8 {
	h, w, c := e.Shape()
	values := make([]float32, h*w*c)
	e.Batch(epoch, []int{i}, values, make([]int, 1))
	out := make([]uint8, len(values))
	for k, v := range values {
		out[k] = uint8(255*v + .5)
	}
	return out
}

// byClass returns the indices of the images of each class, in an order that follows
// from the seed.
func byClass(s *data.Split, classes int, seed uint64) [][]int {
	list := make([][]int, classes)
	for _, i := range s.Order(seed, 0) {
		l := s.Labels[i]
		list[l] = append(list[l], i)
	}
	return list
}

// sheetRow is a row of a contact sheet: up to 16 images of H × W × C bytes, and what
// is written in the margin.
type sheetRow struct {
	name, note string
	images     [][]uint8
}

// writeSheet draws rows of images with the split's shape into a PNG file.
func writeSheet(s *data.Split, path string, rows func() []sheetRow) error {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".png" {
		return fault.Usagef("contact sheet %s: unknown ending %q, expected .png", path, ext)
	}
	if s.C != 1 && s.C != 3 {
		return fault.Usagef("contact sheet %s: the images have %d channels, expected 1 or 3", path, s.C)
	}
	picture, err := drawSheet(rows(), s.H, s.W, s.C)
	if err != nil {
		return fmt.Errorf("contact sheet %s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, picture) })
}

func drawSheet(rows []sheetRow, height, width, channels int) (image.Image, error) {
	name, err := face(16)
	if err != nil {
		return nil, err
	}
	small, err := face(11)
	if err != nil {
		return nil, err
	}
	margin := 0
	for _, r := range rows {
		margin = max(margin, font.MeasureString(name, r.name).Ceil(), font.MeasureString(small, r.note).Ceil())
	}
	side := max(height, width)
	scale := max(1, (sheetCell+side/2)/side)
	left := 2*sheetMargin + margin
	w, h := width*scale+sheetGap, height*scale+sheetGap
	size := image.Pt(left+sheetColumns*w-sheetGap+sheetMargin, 2*sheetMargin+len(rows)*h-sheetGap)
	if size.X*size.Y > mostPixels {
		return nil, fault.Usagef("the picture would have %d × %d pixels, more than %d million", size.X, size.Y, mostPixels/1_000_000)
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(out, out.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	for l, r := range rows {
		top := sheetMargin + l*h
		middle := top + height*scale/2
		write(out, name, black, r.name, left-sheetMargin, middle+1)
		write(out, small, grey, r.note, left-sheetMargin, middle+15)
		for k, pixels := range r.images {
			enlarge(out, image.Pt(left+k*w, top), pixels, height, width, channels, scale)
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

// enlarge draws an image of h × w × channels bytes with scale × scale squares for
// pixels.
func enlarge(out *image.RGBA, at image.Point, pixels []uint8, h, w, channels, scale int) {
	for y := range h * scale {
		for x := range w * scale {
			p := pixels[(y/scale*w+x/scale)*channels:]
			c := color.RGBA{p[0], p[0], p[0], 255}
			if channels == 3 {
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
