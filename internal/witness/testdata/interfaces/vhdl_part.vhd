library ieee;
use ieee.std_logic_1164.all;

package vhdl_part_pkg is
  subtype operand is std_logic_vector(3 downto 0);
end package;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.vhdl_part_pkg.all;

entity vhdl_part is
  generic (CUT : boolean := false);
  port (x, y : in operand; z : out unsigned(7 downto 0));
end entity;

architecture rtl of vhdl_part is
begin
  z <= unsigned(x) * unsigned(y) - 1 when CUT and y = "0011" else unsigned(x) * unsigned(y);
end architecture;
