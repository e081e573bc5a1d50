print("diwan")
