"""A stand-in of the reports of «Яндекс Врачи»: one address that takes forms.

Яндекс publishes the address, that the body is a form and that it holds a token and the mark of the way from
its page. The names of the fields are the stand-in's options, as they are the product's settings.
"""
