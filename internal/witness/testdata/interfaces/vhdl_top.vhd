-- A design in two files; the package and the entity below are in vhdl_part.vhd.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.vhdl_part_pkg.all;

entity vhdl_top is
  generic (W : positive := 4; CUT : boolean := true);
  port (
    clk  : in  std_logic;
    a, b : in  operand;
    p    : out std_logic_vector(2 * W - 1 downto 0)
  );
end entity;

architecture rtl of vhdl_top is
  signal product : unsigned(2 * W - 1 downto 0);
begin
  part : entity work.vhdl_part generic map (CUT => CUT) port map (x => a, y => b, z => product);

  process (clk)
  begin
    if rising_edge(clk) then
      p <= std_logic_vector(product);
    end if;
  end process;
end architecture;
