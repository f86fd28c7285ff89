"""Settlement: from the ledger to closed sheets, with the rules of `node.care.pay` in between.

A sheet is made of one division, from what stands in that division's partition and what every node
of the county knows. So the village, its township and the county compute the same bytes where their
frontiers are equal, and a closed sheet stands in the partition to which it belongs. A worker who
visits in two villages has lines on the sheets of both. The rooms, each importing only those before
it:

    tables     what is written: outcomes, closed sheets, the county's choice between two
    gathering  facts of a division, and the inputs of its sheet
    telling    what only an ancestor sees, written where the visit stands
    tending    telling by itself, each hour, while a node is served
    closing    previews, closed sheets, and the closing of a month
"""
