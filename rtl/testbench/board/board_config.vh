localparam [7:0] BOARD_KIND = 0;
localparam [7:0] BOARD_A = 7;
localparam [7:0] BOARD_B = 7;
localparam [7:0] BOARD_P = 7;
localparam [7:0] BOARD_FLAGS = 1;
localparam [15:0] BOARD_LATENCY = 3;
localparam [63:0] BOARD_DIGEST = 64'h0;
