"""How far current data has moved from the data a model was trained on."""
