package report

import (
	"bytes"
	"fmt"
	"image/color"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/fault"
)

const pngDPI = 200

// CheckPicture says whether a picture can be written to a path, by its extension.
func CheckPicture(path string) error {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".png" && ext != ".svg" {
		return fault.Usagef("%s has the extension %q, expected .png or .svg", path, ext)
	}
	return nil
}

// writePicture writes a picture on white, a PNG or SVG file by the extension of
// path. The file appears when it is complete; on an error a previous one stays.
func writePicture(path, what string, width, height vg.Length, paint func(draw.Canvas) error) error {
	if err := CheckPicture(path); err != nil {
		return fmt.Errorf("drawing %s: %w", what, err)
	}
	var canvas vg.CanvasWriterTo = vgsvg.New(width, height)
	isPNG := strings.EqualFold(filepath.Ext(path), ".png")
	if isPNG {
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(pngDPI))}
	}
	c := draw.New(canvas)
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	if err := paint(c); err != nil {
		return err
	}
	var picture bytes.Buffer
	if _, err := canvas.WriteTo(&picture); err != nil {
		return fmt.Errorf("drawing %s: %w", what, err)
	}
	text := picture.Bytes()
	if !isPNG {
		var err error
		if text, err = embedFont(stretchImages(text)); err != nil {
			return fmt.Errorf("drawing %s: %w", what, err)
		}
	}
	return atomicfile.WriteBytes(path, text)
}

// stretchImages lets the images in an SVG file, such as error maps, fill the place that they
// are drawn for. Viewers keep the ratio of an image's sides otherwise, and leave a margin.
func stretchImages(svg []byte) []byte {
	return bytes.ReplaceAll(svg, []byte("<image "), []byte(`<image preserveAspectRatio="none" `))
}
