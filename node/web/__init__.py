"""The aide's pages: what a phone on the box's Wi-Fi is shown, and how any page of a node is served.

Pages are plain HTML, made here, complete without JavaScript and without the internet. They write
through the functions of `care` that commands use, so a value that one refuses the other refuses
too. Nobody gets in without the node's access key, and where the box has accounts nobody goes on
without a PIN.

    pages        what the node's server knows of all this
    doorway      who gets in: host, key, cookie, origin, size, and the headers of every answer
    signing      who is at the screen: PIN, idle lock, and what each role may open
    certificate  the TLS certificate for an address that is not this machine's own
    serving      uvicorn in the node's event loop
    site         what all pages share: templates, language, form tokens, errors
    words        the words of the pages in Chinese
    shown        how values are put for people: moments, ticks, codes
    today        who is due for a visit
    visit        the visit form
    people       finding a person, and the card
    pay          what a month pays the workers of this place, and why not more
    state        what waits here, and when the township last answered
    aide         which page answers which address

The county's console (`hub.console`) stands on the first seven. But for `pages`, this room is
imported where pages are served and nowhere else: a box that serves none does not carry its weight.
"""
