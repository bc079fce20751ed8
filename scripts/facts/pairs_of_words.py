"""What the facts are made of: pairs of a thing and what is true of it, by topic and frequency.

A topic has three wordings that ask about {x}, and three lists, of what is common, less common
and rare.
"""

from __future__ import annotations

PAIRED = {
    "capital": (
        (
            "What is the capital of {x}?",
            "Which city is the seat of the government of {x}?",
            "The capital of {x} is which city?",
        ),
        "France=Paris, Italy=Rome, Japan=Tokyo, Germany=Berlin, Spain=Madrid, Russia=Moscow, "
        "Greece=Athens, Egypt=Cairo, Austria=Vienna, Ireland=Dublin, Cuba=Havana, Norway=Oslo, "
        "Portugal=Lisbon, Poland=Warsaw, Canada=Ottawa, Sweden=Stockholm, China=Beijing, "
        "England=London",
        "Kenya=Nairobi, Peru=Lima, Iran=Tehran, Iraq=Baghdad, Finland=Helsinki, Syria=Damascus, "
        "Lebanon=Beirut, Thailand=Bangkok, Vietnam=Hanoi, Hungary=Budapest, Romania=Bucharest, "
        "Denmark=Copenhagen, Colombia=Bogota, Chile=Santiago, Venezuela=Caracas, Ecuador=Quito, "
        "Libya=Tripoli, Jordan=Amman, Qatar=Doha, Nepal=Kathmandu, Bulgaria=Sofia, Latvia=Riga, "
        "Jamaica=Kingston, Croatia=Zagreb, Serbia=Belgrade, Ukraine=Kyiv, Australia=Canberra",
        "Bhutan=Thimphu, Malawi=Lilongwe, Zambia=Lusaka, Mongolia=Ulaanbaatar, Laos=Vientiane, "
        "Gabon=Libreville, Togo=Lome, Chad=Ndjamena, Mali=Bamako, Niger=Niamey, Eritrea=Asmara, "
        "Fiji=Suva, Samoa=Apia, Rwanda=Kigali, Lesotho=Maseru, Slovenia=Ljubljana, "
        "Moldova=Chisinau, Tajikistan=Dushanbe, Armenia=Yerevan, Georgia=Tbilisi, Malta=Valletta, "
        "Suriname=Paramaribo, Namibia=Windhoek, Botswana=Gaborone, Mozambique=Maputo, "
        "Paraguay=Asuncion, Honduras=Tegucigalpa, Belize=Belmopan, Madagascar=Antananarivo",
    ),
    "element": (
        (
            "Which chemical element has the symbol {x}?",
            "What is the name of the element that chemists write as {x}?",
            "In chemistry, {x} stands for which element?",
        ),
        "Au=gold, Fe=iron, Ag=silver, O=oxygen, H=hydrogen, Cu=copper, Pb=lead, Ca=calcium, "
        "Na=sodium, He=helium, C=carbon, Al=aluminium, N=nitrogen, Zn=zinc, Sn=tin",
        "K=potassium, Hg=mercury, P=phosphorus, S=sulfur, Ni=nickel, Cl=chlorine, Mg=magnesium, "
        "Ne=neon, Ar=argon, Li=lithium, Si=silicon, Pt=platinum, I=iodine, F=fluorine, Ti=titanium, "
        "Co=cobalt, Cr=chromium, B=boron, Ba=barium, Mn=manganese",
        "W=tungsten, Sb=antimony, Rb=rubidium, Cs=caesium, Sr=strontium, Y=yttrium, Zr=zirconium, "
        "Nb=niobium, Mo=molybdenum, Ru=ruthenium, Rh=rhodium, Pd=palladium, Te=tellurium, "
        "La=lanthanum, Hf=hafnium, Ta=tantalum, Os=osmium, Ir=iridium, Tl=thallium, Po=polonium, "
        "Fr=francium, Er=erbium, Ho=holmium, Lu=lutetium, Sc=scandium, Ga=gallium, In=indium",
    ),
    "opposite": (
        (
            "What is the opposite of {x}?",
            "Which word means the contrary of {x}?",
            "Of these words, which one is the opposite of {x}?",
        ),
        "hot=cold, big=small, up=down, day=night, black=white, old=young, rich=poor, high=low, "
        "fast=slow, hard=soft, open=closed, long=short, wet=dry, good=bad, near=far, left=right, "
        "early=late, heavy=light, full=empty, happy=sad, clean=dirty, win=lose, love=hate, push=pull, "
        "buy=sell, first=last, true=false",
        "ancient=modern, guilty=innocent, noisy=quiet, shallow=deep, narrow=wide, thick=thin, "
        "victory=defeat, arrive=depart, friend=enemy, brave=cowardly, cheap=expensive, polite=rude, "
        "generous=stingy, blunt=sharp, rough=smooth, attack=defend, increase=decrease, remember=forget, "
        "dead=alive, public=private, major=minor, entrance=exit, sunrise=sunset, raw=cooked",
        "verbose=terse, opaque=transparent, benign=malignant, frugal=wasteful, zenith=nadir, "
        "convex=concave, concord=strife, humble=arrogant, candid=evasive, obscure=famous, "
        "ascetic=hedonist, lucid=confused, prologue=epilogue, diurnal=nocturnal, deciduous=evergreen, "
        "torrid=frigid, mundane=heavenly, novice=expert, vanish=appear, dilute=concentrate, "
        "flexible=rigid, gullible=sceptical, meagre=plentiful, hasten=delay",
    ),
    "past": (
        (
            'What is the past tense of the verb "{x}"?',
            'How does the verb "{x}" read when it happened yesterday?',
            'Which of these is the simple past of "{x}"?',
        ),
        "go=went, eat=ate, see=saw, buy=bought, come=came, take=took, find=found, think=thought, "
        "run=ran, know=knew, make=made, give=gave, write=wrote, say=said, tell=told, sit=sat, "
        "fall=fell, drink=drank",
        "teach=taught, catch=caught, freeze=froze, shake=shook, hide=hid, choose=chose, swim=swam, "
        "ride=rode, blow=blew, throw=threw, steal=stole, wake=woke, grow=grew, bite=bit, dig=dug, "
        "feed=fed, kneel=knelt, leave=left",
        "slay=slew, cleave=clove, strive=strove, smite=smote, forsake=forsook, beseech=besought, "
        "tread=trod, weave=wove, stride=strode, cling=clung, fling=flung, wring=wrung, sling=slung, "
        "bind=bound, grind=ground, bereave=bereft, behold=beheld, abide=abode",
    ),
    "young": (
        (
            "What is the young of a {x} called?",
            "Which word names a baby {x}?",
            "A young {x} is known as what?",
        ),
        "dog=puppy, cat=kitten, cow=calf, sheep=lamb, horse=foal, bear=cub, hen=chick, goat=kid, "
        "pig=piglet, duck=duckling",
        "frog=tadpole, deer=fawn, goose=gosling, kangaroo=joey, butterfly=caterpillar, fly=maggot",
        "swan=cygnet, hare=leveret, eel=elver, oyster=spat, eagle=eaglet, salmon=parr, pigeon=squab, "
        "mosquito=wriggler, platypus=puggle",
    ),
    "spanish": (
        (
            'What does the Spanish word "{x}" mean in English?',
            'How is "{x}" translated from Spanish?',
            'Which English word stands for the Spanish "{x}"?',
        ),
        "agua=water, casa=house, perro=dog, gato=cat, rojo=red, libro=book, sol=sun, leche=milk, "
        "noche=night, amigo=friend, pan=bread, mesa=table, verde=green, mano=hand, negro=black",
        "ventana=window, puerta=door, manzana=apple, zapato=shoe, nieve=snow, lluvia=rain, "
        "queso=cheese, caballo=horse, llave=key, cuchara=spoon, iglesia=church, silla=chair, "
        "camisa=shirt, huevo=egg, fresa=strawberry, puente=bridge, cuchillo=knife, flor=flower",
        "ardilla=squirrel, tornillo=screw, erizo=hedgehog, yunque=anvil, ancla=anchor, grillo=cricket, "
        "arce=maple, rodilla=knee, murciélago=bat, ombligo=navel, lija=sandpaper, tejado=roof, "
        "bisagra=hinge, clavo=nail, hormiga=ant, oruga=caterpillar, sauce=willow, dedal=thimble",
    ),
    "german": (
        (
            'What does the German word "{x}" mean in English?',
            'How is "{x}" translated from German?',
            'Which English word stands for the German "{x}"?',
        ),
        "Wasser=water, Hund=dog, Katze=cat, Haus=house, Brot=bread, Milch=milk, rot=red, Tag=day, "
        "Nacht=night, Buch=book, Freund=friend, Baum=tree, grün=green, schwarz=black, Kind=child",
        "Fenster=window, Schlüssel=key, Tür=door, Apfel=apple, Schuh=shoe, Vogel=bird, Brücke=bridge, "
        "Löffel=spoon, Messer=knife, Pferd=horse, Kirche=church, Stuhl=chair, Regen=rain, Wald=forest, "
        "Käse=cheese, Hemd=shirt, Zahn=tooth, Nase=nose",
        "Amboss=anvil, Igel=hedgehog, Eichhörnchen=squirrel, Ahorn=maple, Grille=cricket, "
        "Schraube=screw, Scharnier=hinge, Nabel=navel, Anker=anchor, Weide=willow, Raupe=caterpillar, "
        "Fingerhut=thimble, Fledermaus=bat, Ameise=ant, Nelke=carnation, Reh=deer, Efeu=ivy, "
        "Drossel=thrush",
    ),
    "currency": (
        (
            "What is the currency of {x}?",
            "With which money do people pay in {x}?",
            "Prices in {x} are given in which currency?",
        ),
        "Japan=yen, India=rupee, Russia=rouble, Mexico=peso, England=pound, France=euro, "
        "China=yuan, Switzerland=franc, Canada=dollar",
        "Sweden=krona, Israel=shekel, Brazil=real, Thailand=baht, Turkey=lira, Poland=zloty, "
        "Hungary=forint, Iran=rial, Saudi Arabia=riyal",
        "Vietnam=dong, Georgia=lari, Nigeria=naira, Ghana=cedi, Zambia=kwacha, Botswana=pula, "
        "Bhutan=ngultrum, Albania=lek, Mongolia=tugrik, Haiti=gourde, Peru=sol, Guatemala=quetzal, "
        "Bangladesh=taka, Laos=kip, Ethiopia=birr",
    ),
    "author": (
        (
            'Who wrote "{x}"?',
            'Which author is "{x}" by?',
            '"{x}" is the work of which writer?',
        ),
        "Hamlet=Shakespeare, Oliver Twist=Dickens, War and Peace=Tolstoy, Don Quixote=Cervantes, "
        "Faust=Goethe, The Odyssey=Homer, Emma=Austen, Tom Sawyer=Twain, Dracula=Stoker, "
        "Animal Farm=Orwell, Frankenstein=Shelley, The Hobbit=Tolkien",
        "Les Misérables=Hugo, Crime and Punishment=Dostoevsky, The Trial=Kafka, Ulysses=Joyce, "
        "Madame Bovary=Flaubert, The Stranger=Camus, Walden=Thoreau, Candide=Voltaire, "
        "The Aeneid=Virgil, Moby Dick=Melville, The Decameron=Boccaccio, Dubliners=Joyce",
        "Oblomov=Goncharov, Hunger=Hamsun, Effi Briest=Fontane, Dead Souls=Gogol, Germinal=Zola, "
        "Middlemarch=Eliot, Buddenbrooks=Mann, Lord Jim=Conrad, Pan Tadeusz=Mickiewicz, "
        "The Leopard=Lampedusa, Nostromo=Conrad, Vanity Fair=Thackeray, Hedda Gabler=Ibsen, "
        "Evelina=Burney, Rashomon=Akutagawa",
    ),
    "kind": (
        (
            "What kind of thing is a {x}?",
            "To which group does a {x} belong?",
            "A {x} is counted among which of these?",
        ),
        "salmon=fish, pigeon=bird, bee=insect, carrot=vegetable, hammer=tool, piano=instrument, "
        "rose=flower, banana=fruit, chair=furniture, shirt=clothing, car=vehicle, triangle=shape",
        "haddock=fish, heron=bird, beetle=insect, turnip=vegetable, chisel=tool, cello=instrument, "
        "peony=flower, fig=fruit, wardrobe=furniture, waistcoat=clothing, tractor=vehicle, "
        "hexagon=shape, birch=tree, dagger=weapon",
        "turbot=fish, bittern=bird, earwig=insect, kohlrabi=vegetable, adze=tool, bassoon=instrument, "
        "freesia=flower, medlar=fruit, ottoman=furniture, jerkin=clothing, landau=vehicle, "
        "rhombus=shape, larch=tree, halberd=weapon",
    ),
    "unit": (
        (
            "What is measured in {x}?",
            "Which quantity is given in {x}?",
            "The unit {x} belongs to which quantity?",
        ),
        "metres=length, kilograms=mass, seconds=time, degrees Celsius=temperature, litres=volume, "
        "square metres=area",
        "watts=power, newtons=force, joules=energy, hertz=frequency, amperes=current, "
        "pascals=pressure, kilometres per hour=speed, volts=voltage, ohms=resistance",
        "farads=capacitance, henries=inductance, lumens=brightness, becquerels=radioactivity, "
        "moles=amount, knots=speed, fathoms=depth, ergs=energy, slugs=mass, poise=viscosity, "
        "dioptres=refraction, dynes=force",
    ),
}
