-- Grams hold single letters of ASCII, too: those that are there are made anew by the program.

-- invariants.sql 61b218b18481d24c7d7b9134aca82ce8089b44811a43c292f134c6b0c1bfdbc3
