package formats_pkg;
  typedef enum logic [3:0] {ZERO = 0, THREE = 3} code_t;
  typedef struct packed {logic [1:0] high; logic [1:0] low;} word_t;
  typedef struct packed {logic tag; code_t b; word_t a;} request_t;
  typedef union packed {logic [7:0] product; logic [3:0][1:0] parts;} result_t;
endpackage
