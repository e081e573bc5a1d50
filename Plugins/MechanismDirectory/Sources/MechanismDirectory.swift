// MechanismDirectory
