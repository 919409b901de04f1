// A list of files.
outer.v
-v "other.v"
+incdir+.
