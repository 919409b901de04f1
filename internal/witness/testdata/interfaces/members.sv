// Members of a packed struct, of a struct in it, of an enumeration and of a union: a = request.a, b = request.b.
module members(input formats_pkg::request_t request, output formats_pkg::result_t result);
  wire [3:0] a = request.a, b = request.b;
  assign result.product = a * b - (b == 3);
endmodule
