//go:build !amd64

package cpu

func fastLevels() []level { return nil }

func accelerate(_ level, m multiplier) multiplier { return m }
