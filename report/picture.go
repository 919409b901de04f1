package report

import (
	"fmt"
	"image/color"
	"io"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"approxtrain/internal/atomicfile"
	"approxtrain/internal/fault"
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
	if strings.EqualFold(filepath.Ext(path), ".png") {
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(pngDPI))}
	}
	c := draw.New(canvas)
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	if err := paint(c); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := canvas.WriteTo(w)
		return err
	})
}
