"""The simulator of 1С БИТ.УМЦ (SOAP web service `ru.umc`), written from the contract alone."""
