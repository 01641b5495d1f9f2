"""A stand-in of N3.Здоровье: HubService of the regional booking hub, with the clinics' МИС behind it."""
