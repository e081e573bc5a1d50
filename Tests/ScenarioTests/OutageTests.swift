// In work: see the incident list.
