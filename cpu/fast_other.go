//go:build !amd64

package cpu

func fastLevels() []level { return nil }

func accelerate(_ level, m multiplier) multiplier { return m }

func lines(_ level) *lineKernel { return nil }

func codeLoops(_ level) *codeKernel { return nil }

const fastLines = false

func copyLinesFast(src []float32, lines []int, length int, dst []float32, stride int)      {}
func transposeLinesFast(src []float32, lines []int, length int, dst []float32, stride int) {}
