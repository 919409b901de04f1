package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"regexp"
	"slices"

	"codeberg.org/go-fonts/liberation/liberationserifregular"
	"github.com/tdewolff/font"
)

// drawnIn is the font that plots are laid out with, and embedded is the name that its copy
// in an SVG file has. The name differs, so a viewer takes the copy and never another version
// of the font. Viewers without support for embedded fonts take the next in the list.
const (
	drawnIn  = "font-family:Liberation Serif"
	embedded = "font-family:approxtrain,Liberation Serif,serif"
)

// The parts of an SVG file as vgsvg writes it.
var (
	svgHead = regexp.MustCompile(`<svg\b[^>]*>`)
	svgText = regexp.MustCompile(`<text\b[^>]*>([^<]*)</text>`)
	svgFont = regexp.MustCompile(`font-family:[^;"]*`)
)

// embedFont returns an SVG file with the font that its texts are laid out with, cut down to
// their characters. Without it, texts overlap where the viewer has another font.
func embedFont(svg []byte) ([]byte, error) {
	glyphs := map[rune]bool{}
	for _, m := range svgText.FindAllSubmatch(svg, -1) {
		for _, r := range html.UnescapeString(string(m[1])) {
			glyphs[r] = true
		}
	}
	if len(glyphs) == 0 {
		return svg, nil
	}
	for _, name := range svgFont.FindAll(svg, -1) {
		if string(name) != drawnIn {
			return nil, fmt.Errorf("embedding the font: a text has %s, expected %s", name, drawnIn)
		}
	}
	subset, err := subsetFont(glyphs)
	if err != nil {
		return nil, fmt.Errorf("embedding the font: %w", err)
	}
	head := svgHead.FindIndex(svg)
	if head == nil {
		return nil, fmt.Errorf("embedding the font: there is no <svg>")
	}
	style := fmt.Sprintf("\n<style>@font-face{font-family:approxtrain;src:url(data:font/woff2;base64,%s) format(\"woff2\")}</style>",
		base64.StdEncoding.EncodeToString(subset))
	rest := bytes.ReplaceAll(svg[head[1]:], []byte(drawnIn), []byte(embedded))
	return slices.Concat(svg[:head[1]], []byte(style), rest), nil
}

// subsetFont returns Liberation Serif with the glyphs of some characters, as WOFF2. A
// character that the font does not have is left to the viewer.
func subsetFont(characters map[rune]bool) ([]byte, error) {
	all, err := font.ParseSFNT(liberationserifregular.TTF, 0)
	if err != nil {
		return nil, err
	}
	ids := []uint16{0} // the glyph for characters that are not there, which each font has
	for r := range characters {
		if id := all.GlyphIndex(r); id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids) // the same text gives the same file
	subset, err := all.Subset(ids, font.SubsetOptions{Tables: []string{"cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "OS/2", "post"}})
	if err != nil {
		return nil, err
	}
	return subset.WriteWOFF2()
}
