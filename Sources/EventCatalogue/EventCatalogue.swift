// EventCatalogue
