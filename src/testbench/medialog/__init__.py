"""A stand-in of МЕДИАЛОГ: its XML exchange for web booking, over SOAP or plain HTTP."""
