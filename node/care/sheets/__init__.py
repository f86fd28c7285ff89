"""Sheets: the registers as spreadsheets, in and out.

A county's registers live in spreadsheets today, so a list must come in without a programmer, and
must go out to whoever cannot open anything else. What comes in is judged by the same checks as what
an aide types; a row that does not fit is named with its number, its field and what to do.

The rooms, each importing only those before it:

    cells       what a cell holds, and how it becomes a value that a check takes
    delimited   reads CSV and TSV, in UTF-8 or GB18030
    strings     the shared strings of a workbook, packed
    workbook    reads XLSX, and refuses what is broken, locked or a bomb
    reading     opens whichever of them a file is
    headings    which column holds which field, from Chinese or English headings
    registers   what is a person, a worker, a facility in a sheet, and what makes two the same
    matching    finds the row that is here already, in a few bytes a row
    places      the division that a row names
    writing     CSV and XLSX as files
    report      what became of the rows that were not taken in
    judging     which rows fit, and what is wrong with the others
    importing   rows into the ledger, by the batch
    listing     a list of divisions from a sheet
    exporting   the registers as rows

Memory does not grow with the file but for some bytes a row: files are read and written as streams,
and rows are written by the batch.
"""
